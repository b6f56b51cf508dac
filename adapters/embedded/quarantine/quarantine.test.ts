import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { quarantineContract, type QuarantineUnderTest } from '../../../ports/contracts/quarantine.contract.ts';
import { openDurableFile } from '../files/durable-file.ts';
import { openPersonKeys, personKeysPath } from '../keys/person-keys.ts';
import { QUARANTINE_SCHEMA } from './rows.ts';
import { refusedErasure } from './erasure.ts';
import { refusalSealing } from '../keys/sealed-refusals.ts';
import { openQuarantineReader, openSqliteQuarantine } from './quarantine.ts';

describe('of plain texts', () => {
  quarantineContract(async () => openIn(mkdtempSync(join(tmpdir(), 'figtree-')), false));
});

describe('of sealed texts', () => {
  quarantineContract(async () => openIn(mkdtempSync(join(tmpdir(), 'figtree-')), true));
});

function openIn(folder: string, seals: boolean): QuarantineUnderTest {
  const path = join(folder, 'log.db');
  const file = openDurableFile(path, QUARANTINE_SCHEMA);
  const reader = openQuarantineReader(path);
  const keys = openPersonKeys(personKeysPath(path));
  const close = async () => {
    await Promise.all([reader.close(), file.close()]);
    keys.close();
  };
  return {
    quarantine: openSqliteQuarantine(file, { sealing: refusalSealing(keys, seals) }),
    reader,
    async reopen() {
      await close();
      return openIn(folder, seals);
    },
    async remove() {
      await close();
      rmSync(folder, { recursive: true });
    },
  };
}

describe('the quarantine in the durable file', () => {
  test('takes a flood of refusals of one turn in one commit', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'figtree-'));
    const file = openDurableFile(join(folder, 'log.db'), QUARANTINE_SCHEMA);
    const quarantine = openSqliteQuarantine(file);
    const before = file.statistics.commits;
    const floods = [0, 1, 2].map((flood) =>
      quarantine.add(
        Array.from({ length: 10_000 }, (_, index) => ({
          door: 'legacy',
          origin: 'flood',
          problem: { code: 'NOT_JSON', message: 'no' },
          raw: `not json ${flood} ${index}`,
        })),
      ),
    );
    await Promise.all(floods);
    expect(file.statistics.commits - before).toBe(1);
    expect(await quarantine.count()).toBe(30_000);
    await file.close();
    rmSync(folder, { recursive: true });
  });

  test('keeps no texts beyond its limit, but what was wrong with them, and has room again once some are removed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'figtree-'));
    const file = openDurableFile(join(folder, 'log.db'), QUARANTINE_SCHEMA);
    const limited = () => openSqliteQuarantine(file, { textBytesMax: 100 });
    const add = (quarantine: ReturnType<typeof limited>, ...raws: string[]) =>
      quarantine.add(
        raws.map((raw) => ({
          door: 'events',
          origin: 'x',
          problem: { code: 'NOT_JSON', message: raw.slice(0, 2) },
          raw,
        })),
      );
    const kept = async () =>
      (await limited().list({ after: 0, limit: 9 })).map(({ raw, truncated }) => [raw.length, truncated]);
    const [first, second, third] = ['a', 'b', 'c'].map((letter) => letter.repeat(45)) as [string, string, string];
    await add(limited(), first, second, third);
    await add(limited(), third, first, 'd'.repeat(10), 'e');
    expect(await kept()).toEqual([
      [45, false],
      [45, false],
      [0, true],
      [10, false],
      [0, true],
    ]);
    await refusedErasure(file).remove([1]);
    await add(limited(), third);
    expect(await kept()).toEqual([
      [45, false],
      [45, false],
      [10, false],
      [0, true],
    ]);
    await file.close();
    rmSync(folder, { recursive: true });
  });
});
