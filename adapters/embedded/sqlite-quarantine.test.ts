import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { quarantineContract, type QuarantineUnderTest } from '../../ports/contracts/quarantine.contract.ts';
import { openDurableFile } from './durable-file.ts';
import { QUARANTINE_SCHEMA } from './quarantine-rows.ts';
import { openQuarantineReader, openSqliteQuarantine } from './sqlite-quarantine.ts';

quarantineContract(async () => openIn(mkdtempSync(join(tmpdir(), 'figtree-'))));

function openIn(folder: string): QuarantineUnderTest {
  const path = join(folder, 'log.db');
  const file = openDurableFile(path, QUARANTINE_SCHEMA);
  const reader = openQuarantineReader(path);
  const close = () => Promise.all([reader.close(), file.close()]);
  return {
    quarantine: openSqliteQuarantine(file),
    reader,
    async reopen() {
      await close();
      return openIn(folder);
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
});
