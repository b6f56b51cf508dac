import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomRuns } from '../../../../ports/contracts/random-runs.ts';
import { seededRandom } from '../../../../apps/seeded-random.ts';
import type { Quarantine, Refusal } from '../../../../ports/quarantine.ts';
import { openTableInMemory } from '../../../../testing/aws/table-in-memory.ts';
import { openDynamoQuarantine } from './quarantine.ts';
import { createQuarantineIds } from './ids.ts';

// On a table in memory whose requests take a random time, lose their responses, and are cut off before or after their
// effect, as by the end of a process.

class Cut extends Error {}

function openTroubled(random: () => number) {
  let cutShare = 0;
  const moment = async () => {
    for (let turns = Math.floor(random() * 4); turns > 0; turns -= 1) await turn();
    if (random() < cutShare) throw new Cut();
  };
  const table = openTableInMemory({ before: moment, after: moment, answerIsLost: () => random() < cutShare });
  return { open: () => openDynamoQuarantine(table), cut: (share: number) => void (cutShare = share) };
}

const RUNS = randomRuns(50);
const numbers = fc.array(fc.nat({ max: 5 }), { maxLength: 5 });

test('after any cuts and lost answers the quarantine is as it would be without', async () => {
  const step = fc.oneof(fc.record({ add: numbers }), fc.record({ release: fc.nat({ max: 5 }) }));
  let cuts = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.nat(), async (steps, seed) => {
      const { open, cut } = openTroubled(seededRandom(seed));
      const model = new Map<number, { message: string; released: boolean }>();
      for (const [place, each] of steps.entries()) {
        const message = `step ${place}`;
        const ids = new Map((await listed(open())).map(({ raw, id }) => [Number(raw), id]));
        for (let done = false; !done;) {
          cut(0.05);
          const quarantine = open();
          const work =
            'add' in each
              ? quarantine.add(each.add.map((number) => refusalOf(number, message)))
              : quarantine.release(ids.get(each.release) ?? 4711);
          done = await succeeds(work);
          cut(0);
          cuts += done ? 0 : 1;
          await expectToAgree(open());
        }
        if ('add' in each) for (const number of each.add) model.set(number, { message, released: false });
        else if (model.has(each.release)) model.set(each.release, { message: '', released: true });
        const found = (await listed(open())).map(({ raw, problem }) => [Number(raw), problem.message]);
        const expected = [...model].filter(([, { released }]) => !released).map(([number, of]) => [number, of.message]);
        expect(new Map(found as [number, string][])).toEqual(new Map(expected as [number, string][]));
      }
    }),
    { numRuns: RUNS },
  );
  expect(cuts).toBeGreaterThan(0);
});

test('whatever writers add and release at the same time, and however they are cut, list and count agree', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(numbers, { minLength: 2, maxLength: 4 }),
      numbers,
      fc.nat(),
      async (added, first, seed) => {
        const { open, cut } = openTroubled(seededRandom(seed));
        await open().add(first.map((number) => refusalOf(number)));
        const ids = (await listed(open())).map(({ id }) => id);
        cut(0.03);
        const untilDone = async (work: (quarantine: Quarantine) => Promise<void>) => {
          while (!(await succeeds(work(open()))));
        };
        await Promise.all([
          ...added.map((some) => untilDone((quarantine) => quarantine.add(some.map((number) => refusalOf(number))))),
          ...ids.map((id) => untilDone((quarantine) => quarantine.release(id))),
        ]);
        cut(0);
        await expectToAgree(open());
        const left = new Set((await listed(open())).map(({ raw }) => Number(raw)));
        const surely = added.flat().filter((number) => !first.includes(number));
        expect([...left]).toEqual(expect.arrayContaining(surely));
        expect([...first, ...added.flat()]).toEqual(expect.arrayContaining([...left]));
      },
    ),
    { numRuns: RUNS },
  );
});

async function expectToAgree(quarantine: Quarantine): Promise<void> {
  const entries = await listed(quarantine);
  expect(await quarantine.count()).toBe(entries.length);
  expect(new Set(entries.map(({ raw }) => raw)).size).toBe(entries.length);
  expect(await Promise.all(entries.map(({ id }) => quarantine.get(id)))).toEqual(entries);
}

function listed(quarantine: Quarantine) {
  return quarantine.list({ after: 0, limit: 100 });
}

async function succeeds(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof Cut) return false;
    throw error;
  }
}

function refusalOf(number: number, message = 'm'): Refusal {
  return { door: 'legacy', origin: 'test', problem: { code: 'NOT_JSON', message }, raw: String(number) };
}

test('ids rise, stay exact, and seldom meet those of another writer', () => {
  const last = Date.parse('2247-12-31T23:59:59Z');
  const ids = createQuarantineIds(() => last);
  const given = Array.from({ length: 1000 }, (_, index) => ids.next(index % 8));
  expect(given).toEqual(given.toSorted((one, other) => one - other));
  expect(new Set(given).size).toBe(1000);
  for (const id of given) expect(Number.isSafeInteger(id)).toBe(true);
  const others = Array.from({ length: 64 }, () => createQuarantineIds(() => 1000).next(0));
  expect(new Set(others).size).toBeGreaterThan(30);
});
