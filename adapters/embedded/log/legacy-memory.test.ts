import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { legacyMemoryContract, type LegacyMemoryUnderTest } from '../../../ports/contracts/legacy-memory.contract.ts';
import { openDurableFile } from '../files/durable-file.ts';
import { LEGACY_MEMORY_SCHEMA, openSqliteLegacyMemory } from './legacy-memory.ts';

legacyMemoryContract(async () => openIn(mkdtempSync(join(tmpdir(), 'figtree-'))));

function openIn(folder: string): LegacyMemoryUnderTest {
  const file = openDurableFile(join(folder, 'log.db'), LEGACY_MEMORY_SCHEMA);
  return {
    memory: openSqliteLegacyMemory(file),
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
