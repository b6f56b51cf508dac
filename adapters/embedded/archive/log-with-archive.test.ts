import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { eventLogContract } from '../../../ports/contracts/event-log.contract.ts';
import { openArchiveFolder } from './folder.ts';
import { unpackFile, linesIn } from './files.ts';
import { writeArchive } from './writing.ts';
import { openDurableFile } from '../files/durable-file.ts';
import { ensureLogId, readLogFact } from '../log/facts.ts';
import { LOG_FILE_SCHEMA } from '../log/log-file.ts';
import { openLogWithArchive } from './log-with-archive.ts';
import { openSqlite } from '../files/sqlite.ts';
import { openSqliteEventLog } from '../log/event-log.ts';
import type { EventLogUnderTest } from '../../../ports/contracts/event-log-histories.ts';

describe.each([['that it knows of'], ['that it is given']])('trimmed to an archive %s', (which) => {
  eventLogContract(async () => openIn(mkdtempSync(join(tmpdir(), 'figtree-trimmed-')), which === 'that it is given'), {
    readersBeside: true,
  });
});

/** A log from which everything is trimmed as soon as possible. */
async function openIn(folder: string, given: boolean): Promise<EventLogUnderTest> {
  const file = openDurableFile(join(folder, 'log.db'), LOG_FILE_SCHEMA);
  await file.enqueue(ensureLogId);
  const log = openSqliteEventLog(file);
  const archive = openArchiveFolder(join(folder, 'archive'));
  const openReader = async () => openLogWithArchive({ logPath: file.path, ...(given && { archive: archive.place }) });
  await trim();
  const reader = await openReader();
  let appended = 0;
  // One run at a time, as the command ensures.
  let trimming = Promise.resolve();

  async function trim(): Promise<void> {
    const database = openSqlite(file.path, { readOnly: true, synchronous: 'FULL', cacheMiB: 1, autocheckpointMiB: 0 });
    const { manifest } = await writeArchive({
      database,
      log: readLogFact(database, 'id') ?? '',
      archive,
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    const { first } = database.prepare('SELECT min(position) AS first FROM event').get() as { first: number | null };
    database.close();
    const last = Math.min(manifest.lastPosition, (await log.head()) - 1);
    for (const part of manifest.files) {
      if (first === null || part.lastPosition < first || part.firstPosition > last) continue;
      const from = Math.max(part.firstPosition, first);
      const all = [...linesIn(await unpackFile(archive, part))];
      const lines = all.slice(from - part.firstPosition, Math.min(part.lastPosition, last) - part.firstPosition + 1);
      if (lines.length > 0) await log.trim({ firstPosition: from, lines, place: archive.place });
    }
  }
  const close = async () => {
    await reader.close();
    await log.close();
    await file.close();
  };
  return {
    log: {
      ...log,
      ...reader,
      async append(events) {
        const outcomes = await log.append(events);
        appended += 1;
        // Not each time, so that files of several events are written.
        if (appended % 3 === 2) trimming = trimming.then(trim);
        await trimming;
        return outcomes;
      },
    },
    openReader,
    fill() {
      const { page_count: pages } = file.database.prepare('PRAGMA page_count').get() as { page_count: number };
      file.database.exec(`PRAGMA max_page_count = ${pages}`);
      return () => file.database.exec('PRAGMA max_page_count = 1000000');
    },
    async reopen() {
      await close();
      return openIn(folder, given);
    },
    async remove() {
      await close();
      rmSync(folder, { recursive: true });
    },
  };
}
