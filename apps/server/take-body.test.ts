import { expect, test } from 'vitest';
import { SLICE_ITEMS } from '../../producers/body-limits.ts';
import type { Ingest } from '../../producers/ingest.ts';
import { takeBody } from './take-body.ts';

const FROM = { door: 'events', origin: 'test' } as const;
const ITEMS = 3 * SLICE_ITEMS + 1;
const body = Buffer.from('1\n'.repeat(ITEMS));

/** Refuses every item. Answers a call some turns later, the earliest calls last. */
function slowIngest(fails?: number): { ingest: Ingest; log: string[] } {
  const log: string[] = [];
  let calls = 0;
  return {
    log,
    ingest: {
      async take(items) {
        const call = (calls += 1);
        log.push(`call ${call} of ${items.length}`);
        for (let turn = 0; turn < 10 - 2 * call; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        log.push(`answer ${call}`);
        if (call === fails) throw new Error('the disk is full');
        const problems = items.map((_, index) => ({ index, code: 'EVENT_INVALID' as const, message: 'm' }));
        const counts = { accepted: 0, duplicates: 0, quarantined: items.length, ignored: 0 };
        return { ...counts, position: call, problems };
      },
    },
  };
}

test('a body is taken in by slices, with a turn for others before each but the first', async () => {
  const { ingest, log } = slowIngest();
  const turn = async () => void log.push('turn');
  const report = await takeBody(body, FROM, { ingest, turn });
  expect(report).toMatchObject({ accepted: 0, quarantined: ITEMS, position: 4 });
  expect(report.problems.map(({ index }) => index)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
  const calls = log.filter((entry) => entry.startsWith('call'));
  expect(calls).toEqual([1, 2, 3, 4].map((call) => `call ${call} of ${call === 4 ? 1 : SLICE_ITEMS}`));
  for (const call of [2, 3, 4]) {
    const at = log.findIndex((entry) => entry.startsWith(`call ${call} `));
    expect(log[at - 1]).toBe(`answer ${call - 1}`);
    expect(log.slice(log.indexOf(`call ${call - 1} of ${SLICE_ITEMS}`), at)).toContain('turn');
  }
});

test.each([1, 2, 4])('a body whose slice %i fails, fails, and nothing behind it is taken in', async (fails) => {
  const { ingest, log } = slowIngest(fails);
  await expect(takeBody(body, FROM, { ingest, turn: async () => {} })).rejects.toThrow('the disk is full');
  expect(log.filter((entry) => entry.startsWith('call'))).toHaveLength(fails);
});

test('an empty body is taken in as well, because its answer names the head', async () => {
  const { ingest, log } = slowIngest();
  await takeBody(Buffer.from(' \n'), FROM, { ingest, turn: async () => {} });
  expect(log[0]).toBe('call 1 of 0');
});
