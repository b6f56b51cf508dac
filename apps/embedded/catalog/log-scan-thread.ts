import { dataOpening } from '../../../adapters/embedded/keys/sealed-data.ts';
import { storageError } from '../../../adapters/embedded/files/sqlite.ts';
import { openStoredEvents, type StoredEvents } from '../../../adapters/embedded/log/stored-events.ts';
import { versionOf } from '../../../events/envelope.ts';
import { catalogFacts } from '../../../schema-registry/catalog-facts.ts';
import { createLogScan } from '../../../schema-registry/check/log-scan.ts';
import { currentCode } from '../../../schema-registry/stored-reading.ts';
import { joinHost } from '../../threads/joining.ts';

export type ScanTask =
  | { readonly kind: 'range'; readonly path: string; readonly after: number; readonly upTo: number }
  /** Complete lines of an archive. */
  | { readonly kind: 'lines'; readonly bytes: Uint8Array<ArrayBuffer>; readonly firstLine: number };

const scan = createLogScan(currentCode);
const opened = new Map<string, StoredEvents>();
// Events in memory at once; a text may have 65,536 characters.
const PAGE_EVENTS = 500;

const methods = {
  /** The number of events of the task, once they are counted. */
  scan(task: ScanTask): number {
    try {
      return task.kind === 'range' ? scanRange(task) : scanLines(task);
    } catch (error) {
      throw storageError(error, task.kind === 'range' ? task.path : '');
    }
  },
  /** The findings of all its tasks. */
  findings: () => scan.findings(),
};
joinHost().serve(methods);

export type LogScanThread = typeof methods;

function scanRange({ path, after, upTo }: Extract<ScanTask, { kind: 'range' }>): number {
  let stored = opened.get(path);
  if (stored === undefined) {
    stored = openStoredEvents(path, dataOpening(path, catalogFacts().personFields));
    opened.set(path, stored);
  }
  let events = 0;
  for (let from = after; from < upTo; from += PAGE_EVENTS) {
    for (const [position, type, version, text] of stored.rows(from, Math.min(upTo, from + PAGE_EVENTS))) {
      events += 1;
      const data = parsed(text);
      if (data === undefined) scan.addBroken({ position }, 'its data is not JSON');
      else scan.add({ position, type: stored.nameOf(type), version, data });
    }
  }
  return events;
}

function scanLines({ bytes, firstLine }: Extract<ScanTask, { kind: 'lines' }>): number {
  let position = firstLine - 1;
  let events = 0;
  for (const line of Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').split('\n')) {
    position += 1;
    if (line.trim() === '') continue;
    events += 1;
    const event = parsed(line);
    if (event === undefined) scan.addBroken({ position }, 'the line is not JSON');
    else scanEnvelope(event, position);
  }
  return events;
}

function scanEnvelope(event: unknown, position: number): void {
  const { type, data, time, dataschema } = (typeof event === 'object' && event !== null ? event : {}) as Record<
    string,
    unknown
  >;
  const place = { position, ...(typeof time === 'string' && { time }) };
  if (typeof type !== 'string' || data === undefined) {
    return scan.addBroken(place, 'the line is not an event: it has no type or no data');
  }
  const stated = typeof dataschema === 'string' ? versionOf(dataschema) : Number.NaN;
  // An event without a version is of the current one, as it is when published.
  const version = Number.isInteger(stated) ? stated : (currentCode.current.get(type)?.version ?? 0);
  scan.add({ ...place, type, version, data });
}

/** Undefined if it is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
