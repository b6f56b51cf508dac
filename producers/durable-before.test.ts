import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FigtreeError } from '../events/errors.ts';
import { sampleEvent } from '../ports/contracts/sample-events.ts';
import { durableBefore } from './durable-before.ts';
import type { IngestParts } from './ingest.ts';

const step = fc.oneof(
  fc.record({ keep: fc.constantFrom('memory', 'clockMark'), fails: fc.boolean() }),
  fc.constant({ append: true as const }),
);

test('an append is given to the log when all that was kept before it is durable, in its turn, and never if that failed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(step, { maxLength: 12 }), async (scheduler, steps) => {
      const durable = new Set<number>();
      const given: { place: number; durable: number[] }[] = [];
      const keep = async (place: number, fails: boolean) => {
        await scheduler.schedule(Promise.resolve());
        if (fails) throw new FigtreeError('STORAGE_FAILED', 'planted');
        durable.add(place);
      };
      // Stored and appended values record their place in the history.
      const placeOf = (text: string | undefined) => Number(text?.split('/')[0]);
      const failing = (place: number) => (steps[place] as { fails?: boolean }).fails === true;
      const parts: Pick<IngestParts, 'log' | 'memory' | 'clockMark'> = {
        log: {
          head: async () => 0,
          async append(events) {
            given.push({ place: placeOf(events[0]?.id), durable: [...durable] });
            await scheduler.schedule(Promise.resolve());
            return events.map(() => ({ outcome: 'appended', position: 0 }));
          },
        },
        memory: {
          remember: ([first]) => keep(placeOf(first?.version), failing(placeOf(first?.version))),
          recall: async () => new Map(),
        },
        clockMark: { load: async () => undefined, save: (text) => keep(placeOf(text), failing(placeOf(text))) },
      };
      const { log, memory, clockMark } = durableBefore(parts);

      const answers = steps.map((each, place) => {
        if ('append' in each) return log.append([sampleEvent({}, { id: `${place}/` })]);
        if (each.keep === 'clockMark') return clockMark.save(`${place}/`);
        return memory.remember([{ relationshipId: 'r', version: `${place}/`, followerId: 'a', followeeId: 'b' }]);
      });
      const settled = Promise.allSettled(answers);
      await scheduler.waitIdle();

      const keptBefore = (place: number) => steps.slice(0, place).flatMap((each, at) => ('keep' in each ? [at] : []));
      const expected = steps.flatMap((each, place) =>
        'append' in each && !keptBefore(place).some(failing) ? [place] : [],
      );
      expect(given.map(({ place }) => place)).toEqual(expected);
      for (const { place, durable: then } of given) expect(then).toEqual(expect.arrayContaining(keptBefore(place)));
      const done = (await settled).map(({ status }) => status === 'fulfilled');
      expect(done).toEqual(steps.map((each, place) => ('append' in each ? expected.includes(place) : !each.fails)));
    }),
  );
});
