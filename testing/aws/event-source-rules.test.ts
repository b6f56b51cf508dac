import { describe, expect, test } from 'vitest';
import { driveStream, type MappingSettings } from './event-source-mapping.ts';
import { messagesLeft, streamOutcome } from './event-source-rules.ts';
import { recordOf } from './stream-world.ts';

const failures = (...identifiers: unknown[]) => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('an answer', () => {
  test.each([undefined, null, {}, { batchItemFailures: [] }, { batchItemFailures: null }])(
    '%j is a complete success',
    (answer) => {
      expect(streamOutcome(answer, ['1', '2'])).toBe('done');
      expect(messagesLeft(answer, ['1', '2'])).toEqual([]);
    },
  );

  test.each([
    failures(''),
    failures(null),
    failures('3'),
    failures('2', ''),
    { batchItemFailures: [{ identifier: '2' }] },
    { batchItemFailures: [null] },
    { batchItemFailures: 'all' },
    'all is well',
  ])('%j is a complete failure', (answer) => {
    expect(streamOutcome(answer, ['1', '2'])).toBe('failed');
    expect(messagesLeft(answer, ['1', '2'])).toEqual(['1', '2']);
  });

  test('brings back a stream from the lowest number on, and of a queue only what it names', () => {
    expect(streamOutcome(failures('9', '10', '9'), ['8', '9', '10'])).toEqual({ doneBefore: 1 });
    expect(messagesLeft(failures('c', 'a', 'a'), ['a', 'b', 'c'])).toEqual(['c', 'a']);
  });
});

describe('a mapping', () => {
  const records = [1, 2, 3, 4].map((key, place) => recordOf(key, place));
  const numbers = records.map(({ sequenceNumber }) => sequenceNumber);
  const places = (some: readonly string[]) => some.map((number) => numbers.indexOf(number));
  /** The function responds with these, one after the other, and then with success. */
  async function placesOf(answers: readonly unknown[], settings: MappingSettings = {}) {
    const left = [...answers];
    const { invocations, discarded } = await driveStream({
      generations: [[records]],
      settings: { windowMs: 100, ...settings },
      invoke: async () => {
        const answer = left.shift();
        if (answer === 'throw') throw new Error('planned');
        return answer === 'hang' ? new Promise(() => {}) : answer;
      },
    });
    return {
      invoked: invocations.map(places),
      discarded: discarded.map(({ sequenceNumbers }) => places(sequenceNumbers)),
    };
  }

  test('is delivered again with everything from the lowest number on', async () => {
    const { invoked } = await placesOf([failures(numbers[3], numbers[1])]);
    expect(invoked).toEqual([[0, 1, 2, 3], [1, 2, 3]]); // prettier-ignore
  });

  test('is delivered again with the whole batch after an error, a timeout, and if partial answers are not switched on', async () => {
    expect((await placesOf(['throw'])).invoked).toEqual([[0, 1, 2, 3], [0, 1, 2, 3]]); // prettier-ignore
    expect((await placesOf(['hang'], { functionTimeoutMs: 30 })).invoked).toHaveLength(2);
    const { invoked } = await placesOf([failures(numbers[1])], { reportBatchItemFailures: false });
    expect(invoked).toEqual([[0, 1, 2, 3]]);
  });

  test('splits a failed batch in halves without using up retries', async () => {
    const settings = { bisectBatchOnFunctionError: true, maximumRetryAttempts: 0 };
    const { invoked, discarded } = await placesOf(['throw', 'throw', 'throw'], settings);
    expect(invoked).toEqual([[0, 1, 2, 3], [0, 1], [0], [1], [2, 3]]); // prettier-ignore
    expect(discarded).toEqual([[0]]);
  });

  test('gives up what failed too often or is too old, and continues after it', async () => {
    const answers = [failures(numbers[2]), failures(numbers[2])];
    const { invoked, discarded } = await placesOf(answers, { maximumRetryAttempts: 1 });
    expect(invoked).toEqual([[0, 1, 2, 3], [2, 3]]); // prettier-ignore
    expect(discarded).toEqual([[2, 3]]);
    const aged = await placesOf(['throw', 'throw', 'throw'], { maximumRecordAgeMs: 250 });
    expect(aged.discarded).toEqual([[0, 1, 2, 3]]);
  });
});
