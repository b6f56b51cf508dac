import { dataFolder } from '../../adapters/embedded/files/data-folder.ts';
import { openLogFile } from '../../adapters/embedded/log/log-file.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { createIngest } from '../../producers/ingest.ts';
import { expectEqual } from '../harness/benchmark.ts';
import { changeLines } from './change-lines.ts';

const BATCH_LINES = 1000;

/** Takes a file of changes into the log of a data folder, without any projection. Every line must be accepted. */
export async function fillLog(folder: string, changes: string): Promise<void> {
  const file = openLogFile(dataFolder(folder).log);
  const ingest = createIngest(file);
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

/** Appends generated events. */
export async function fillLogWith(
  folder: string,
  batches: Iterable<readonly EventEnvelope[]> | AsyncIterable<readonly EventEnvelope[]>,
): Promise<void> {
  const file = openLogFile(dataFolder(folder).log);
  try {
    for await (const events of batches) {
      const outcomes = await file.log.append(events);
      expectEqual('taken of a batch', outcomes.filter(({ outcome }) => outcome === 'appended').length, events.length);
    }
  } finally {
    await file.close();
  }
}
