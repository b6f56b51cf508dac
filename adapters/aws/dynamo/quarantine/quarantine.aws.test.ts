import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomRuns } from '../../../../ports/contracts/random-runs.ts';
import { quarantineContract } from '../../../../ports/contracts/quarantine.contract.ts';
import type { Quarantine, Refusal } from '../../../../ports/quarantine.ts';
import { awsUnderTest } from '../../../../testing/aws/emulated.ts';
import { inOwnTable } from '../../../../testing/aws/own-table.ts';
import { openDynamoQuarantine } from './quarantine.ts';

const aws = awsUnderTest('dynamodb');
const runs = randomRuns(5);

describe.skipIf(aws.skipReason)(`in DynamoDB (${aws.engine})`, () => {
  quarantineContract(
    () =>
      inOwnTable(aws, (table, another) => ({
        quarantine: openDynamoQuarantine(table),
        reader: openDynamoQuarantine(another),
      })),
    runs,
  );

  describe('a quarantine of several writers', () => {
    let open: () => Quarantine;
    let remove: () => Promise<void>;
    beforeAll(
      async () => ({ open, remove } = await inOwnTable(aws, (table) => ({ open: () => openDynamoQuarantine(table) }))),
    );
    afterAll(() => remove());

    test('keeps and counts every text once, also with concurrent additions and releases', async () => {
      let run = 0;
      const texts = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(fc.array(texts, { minLength: 2, maxLength: 4 }), texts, async (added, released) => {
          run += 1;
          const rawOf = (number: number) => `${run} ${number}`;
          const writer = open();
          const before = await writer.count();
          await writer.add(released.map((number) => refusalOf(rawOf(number))));
          await Promise.all([
            ...added.map((numbers) => open().add(numbers.map((number) => refusalOf(rawOf(number))))),
            ...(await idsOf(writer, `${run} `)).map((id) => open().release(id)),
          ]);
          const left = (await all(writer)).filter(({ raw }) => raw.startsWith(`${run} `));
          expect(await writer.count()).toBe(before + left.length);
          expect(new Set(left.map(({ raw }) => raw)).size).toBe(left.length);
          expect(new Set(left.map(({ id }) => id)).size).toBe(left.length);
          // Entries that were not released are listed. Those added and released concurrently may be either.
          const surely = added.flat().filter((number) => !released.includes(number));
          expect(left.map(({ raw }) => raw)).toEqual(expect.arrayContaining(surely.map(rawOf)));
          await Promise.all(left.map(({ id }) => writer.release(id)));
          expect(await writer.count()).toBe(before);
        }),
        { numRuns: runs },
      );
    });

    test('takes a thousand refusals of four writers, in the order of each', async () => {
      const raws = (writer: number) => Array.from({ length: 250 }, (_, index) => `writer ${writer} ${1000 + index}`);
      await Promise.all([0, 1, 2, 3].map((writer) => open().add(raws(writer).map((raw) => refusalOf(raw)))));
      const kept = (await all(open())).map(({ raw }) => raw);
      for (const writer of [0, 1, 2, 3]) {
        expect(kept.filter((raw) => raw.startsWith(`writer ${writer} `))).toEqual(raws(writer));
      }
      const pages: number[] = [];
      for (let after = 0; ; after = pages.at(-1) ?? 0) {
        const page = await open().list({ after, limit: 90 });
        if (page.length === 0) break;
        pages.push(...page.map(({ id }) => id));
      }
      expect(pages).toEqual((await all(open())).map(({ id }) => id));
    });
  });
});

function all(quarantine: Quarantine) {
  return quarantine.list({ after: 0, limit: 10_000 });
}

async function idsOf(quarantine: Quarantine, begin: string): Promise<number[]> {
  return (await all(quarantine)).filter(({ raw }) => raw.startsWith(begin)).map(({ id }) => id);
}

function refusalOf(raw: string): Refusal {
  return { door: 'legacy', origin: 'test', problem: { code: 'NOT_JSON', message: 'm' }, raw };
}
