import { dataFolder } from '../../adapters/embedded/data-folder.ts';
import { openDurableFile } from '../../adapters/embedded/durable-file.ts';
import { EVENT_LOG_SCHEMA } from '../../adapters/embedded/event-rows.ts';
import { openSqliteEventLog } from '../../adapters/embedded/sqlite-event-log.ts';
import { LEGACY_MEMORY_SCHEMA, openSqliteLegacyMemory } from '../../adapters/embedded/sqlite-legacy-memory.ts';
import { openSqliteQuarantine, QUARANTINE_SCHEMA } from '../../adapters/embedded/sqlite-quarantine.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { createIngest } from '../../producers/ingest.ts';
import { expectEqual } from '../harness/benchmark.ts';
import { changeLines } from './change-lines.ts';

const BATCH_LINES = 1000;

/** Takes a file of changes into the log of a data folder, without any projection. Every line must be accepted. */
export async function fillLog(folder: string, changes: string): Promise<void> {
  const file = openDurableFile(dataFolder(folder).log, EVENT_LOG_SCHEMA + QUARANTINE_SCHEMA + LEGACY_MEMORY_SCHEMA);
  const log = openSqliteEventLog(file);
  const ingest = createIngest({ log, quarantine: openSqliteQuarantine(file), memory: openSqliteLegacyMemory(file) });
  async function take(lines: readonly string[]): Promise<void> {
    const items = lines.map((text) => ({ text }));
    const { accepted } = await ingest.take(items, { door: 'legacy', origin: 'benchmark' });
    expectEqual('accepted of a batch', accepted, lines.length);
  }
  try {
    let waiting: string[] = [];
    for await (const lines of changeLines(changes)) {
      waiting.push(...lines);
      if (waiting.length < BATCH_LINES) continue;
      await take(waiting);
      waiting = [];
    }
    await take(waiting);
  } finally {
    await file.close();
  }
}

/** Appends events that are made on the way. */
export async function fillLogWith(folder: string, batches: Iterable<readonly EventEnvelope[]>): Promise<void> {
  const file = openDurableFile(dataFolder(folder).log, EVENT_LOG_SCHEMA);
  const log = openSqliteEventLog(file);
  try {
    for (const events of batches) {
      const outcomes = await log.append(events);
      expectEqual('taken of a batch', outcomes.filter(({ outcome }) => outcome === 'appended').length, events.length);
    }
  } finally {
    await file.close();
  }
}
