import { expect, test } from 'vitest';
import { openPacing } from './pacing.ts';

/** A pacing whose clock stands still but for its own rests. */
function paced({ head }: { head: number }) {
  const rests: number[] = [];
  let nowMs = 1000;
  const pacing = openPacing({
    head: () => head,
    headBeyond: async (position) => head > position,
    now: () => nowMs,
    async rest(ms) {
      rests.push(ms);
      nowMs += ms;
    },
  });
  return { pacing, rests };
}

test('after a commit of few the next one comes at once', async () => {
  const { pacing, rests } = paced({ head: 103 });
  pacing.committed(100);
  pacing.committed(101);
  expect(await pacing.headBeyond(101, 1000)).toBe(true);
  expect(rests).toEqual([]);
});

test('after a commit of many it rests once, so that more come together', async () => {
  const { pacing, rests } = paced({ head: 250 });
  pacing.committed(100);
  pacing.committed(200);
  expect(await pacing.headBeyond(200, 1000)).toBe(true);
  expect(await pacing.headBeyond(200, 1000)).toBe(true);
  expect(rests).toEqual([20]);
});

test('it does not rest while there is a backlog, nor for nothing', async () => {
  const { pacing, rests } = paced({ head: 50_000 });
  pacing.committed(0);
  pacing.committed(20_000);
  expect(await pacing.headBeyond(20_000, 1000)).toBe(true);
  expect(await pacing.headBeyond(50_000, 1000)).toBe(false);
  expect(rests).toEqual([]);
});
