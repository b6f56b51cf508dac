import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openTurns } from './turns.ts';

test('each turn of the event loop is that of one caller, in the order in which they asked', async () => {
  const turns = openTurns();
  let loop = 0;
  const taken: { caller: number; loop: number }[] = [];
  const callers = Array.from({ length: 5 }, async (_, caller) => {
    for (let part = 0; part < 3; part += 1) {
      await turns.next();
      taken.push({ caller, loop });
    }
  });
  const counting = (async () => {
    for (; taken.length < 15; loop += 1) await nextTurn();
  })();
  await Promise.all([...callers, counting]);
  expect(taken.map(({ caller }) => caller)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
  expect(new Set(taken.map((one) => one.loop)).size).toBe(15);
});

test('a caller gets the next turn if no other waits', async () => {
  const turns = openTurns();
  await turns.next();
  await turns.next();
  expect(
    await Promise.race([
      turns.next().then(() => 'turn'),
      nextTurn()
        .then(nextTurn)
        .then(() => 'late'),
    ]),
  ).toBe('turn');
});
