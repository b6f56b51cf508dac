import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import { faultsOf } from './answer-rules.ts';
import { type FuzzedWorld, openFuzzedWorld } from './fuzzed-world.ts';
import { answerOf } from './other-doors.ts';
import { playRounds } from './play-doors.ts';

// 3,000 random inputs, always the same ones; npm run fuzz has others, and more of them.

const INPUTS = randomRuns(10_000);
const SEED = 20_260_222;

let world: FuzzedWorld;
beforeAll(async () => void (world = await openFuzzedWorld()));
afterAll(() => world.close());

test(
  `no input at any door breaks, blocks or fills the server: ${INPUTS} inputs from seed ${SEED}`,
  { timeout: 600_000 },
  async () => {
    await expect(playRounds(world, 3, { inputs: INPUTS, seed: SEED, print: () => {} })).resolves.toBeUndefined();
  },
);

test('a flow whose id is outside of Latin-1 is answered like any other', async () => {
  const asked = { method: 'GET', path: '/status', headers: { 'x-correlation-id': "UTF-8''%E2%82%AC" } };
  expect(faultsOf(asked, await world.open.client.ask(asked))).toEqual([]);
});

test('a request that no route is asked about is refused with the same headers', async () => {
  const answered = await world.open.client.ask({ method: 'GET', path: '/\\' });
  expect(answered).toMatchObject({ status: 400, headers: { 'x-content-type-options': 'nosniff' } });
});

test('a line separator in what a command asks does not end its line', async () => {
  const line = JSON.stringify({ operation: 'status', argument: 'a\u2028b\u2029c' });
  const answer = await answerOf(join(world.folder, 'control.sock'), line);
  expect(JSON.parse(answer)).toMatchObject({ result: { quarantined: expect.any(Number) } });
});
