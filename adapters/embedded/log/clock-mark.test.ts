import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clockMarkContract, type ClockMarkUnderTest } from '../../../ports/contracts/clock-mark.contract.ts';
import { openDurableFile } from '../files/durable-file.ts';
import { CLOCK_MARK_SCHEMA, openSqliteClockMark } from './clock-mark.ts';

clockMarkContract(async () => openIn(mkdtempSync(join(tmpdir(), 'figtree-'))));

function openIn(folder: string): ClockMarkUnderTest {
  const file = openDurableFile(join(folder, 'log.db'), CLOCK_MARK_SCHEMA);
  return {
    mark: openSqliteClockMark(file),
    async reopen() {
      await file.close();
      return openIn(folder);
    },
    async remove() {
      await file.close();
      rmSync(folder, { recursive: true });
    },
  };
}
