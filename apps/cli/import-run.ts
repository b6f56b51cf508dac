import { defined } from '../../events/defined.ts';
import type { Problem } from '../../events/errors.ts';
import type { Door } from '../../ports/quarantine.ts';
import type { IncomingItem, Ingest } from '../../producers/ingest.ts';
import { limitProblem } from '../../producers/item-limits.ts';
import { ndjsonBatches } from '../../producers/ndjson-lines.ts';
import type { ImportSource } from '../import-source.ts';
import type { IngestReport, Origin } from '../../producers/ingest-report.ts';

/** Running totals of an import. */
export interface ImportTotals {
  read: number;
  accepted: number;
  duplicates: number;
  quarantined: number;
  ignored: number;
  /** Position in the log that the projections have to reach. */
  position: number;
  readonly problems: Map<string, FrequentProblem>;
}

export interface FrequentProblem {
  readonly problem: Problem;
  count: number;
}

export interface ImportRun {
  readonly source: ImportSource;
  readonly ingest: Ingest;
  /** Undefined: determined by the first line that is JSON. */
  readonly door: Door | undefined;
  readonly signal: AbortSignal;
  readonly totals: ImportTotals;
}

// A report lists up to 1,000 problems, so that all problems of a batch are counted.
const LIMITS_OF_FILE = { linesMax: 1000 };
// Input from a pipe is taken in immediately, because the next may come much later.
const LIMITS_OF_PIPE = { ...LIMITS_OF_FILE, batchBytesMax: 1 };
const PROBLEM_KINDS_MAX = 1000;

export function noTotals(): ImportTotals {
  return { read: 0, accepted: 0, duplicates: 0, quarantined: 0, ignored: 0, position: 0, problems: new Map() };
}

/** Takes in all lines of the source, or, once the signal fires, those up to the current batch. While one batch is made
 *  durable the next one is read, but never more, so memory stays flat. Rejects if the source or the storage fails:
 *  `totals` then has what was taken before. */
export async function takeIn({ source, ingest, door, signal, totals }: ImportRun): Promise<void> {
  // Ends a wait for input that may never come.
  const stop = () => source.close();
  signal.addEventListener('abort', stop, { once: true });
  let inFlight: Promise<void> | undefined;
  let as = door;
  // The same for all batches, which are one delivery.
  let from: Origin = { door: 'legacy', origin: source.name };
  try {
    const limits = source.bytesTotal === undefined ? LIMITS_OF_PIPE : LIMITS_OF_FILE;
    for await (const batch of ndjsonBatches(source.bytes, limits)) {
      if (signal.aborted) break;
      as ??= doorOf(batch);
      if (from.door !== (as ?? 'legacy')) from = { door: as ?? 'legacy', origin: source.name };
      const taken = ingest.take(batch, from).then((report) => add(totals, batch, report));
      // If the previous one fails, this one is never awaited.
      taken.catch(() => {});
      await inFlight;
      inFlight = taken;
    }
  } catch (error) {
    if (!signal.aborted) throw await settled(inFlight, error);
  } finally {
    signal.removeEventListener('abort', stop);
    source.close();
  }
  await inFlight;
}

// Input that was read before a source failed is still taken; if that fails too, its error is the more serious one.
async function settled(inFlight: Promise<void> | undefined, error: unknown): Promise<unknown> {
  try {
    await inFlight;
    return error;
  } catch (graver) {
    return graver;
  }
}

// Figtree's events are CloudEvents, which a change-stream document never is. Undefined while all lines were invalid.
function doorOf(batch: readonly IncomingItem[]): Door | undefined {
  for (const { text, problem } of batch) {
    if (problem !== undefined || limitProblem(text) !== undefined) continue;
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null) return 'specversion' in value ? 'events' : 'legacy';
    } catch {
      continue;
    }
  }
  return undefined;
}

function add(totals: ImportTotals, batch: readonly IncomingItem[], report: IngestReport): void {
  totals.read += batch.length;
  totals.accepted += report.accepted;
  totals.duplicates += report.duplicates;
  totals.quarantined += report.quarantined;
  totals.ignored += report.ignored;
  totals.position = Math.max(totals.position, report.position);
  for (const { code, path, message } of report.problems) {
    const kind = `${code} ${path ?? ''}`;
    const known = totals.problems.get(kind);
    if (known !== undefined) known.count += 1;
    else if (totals.problems.size < PROBLEM_KINDS_MAX) {
      totals.problems.set(kind, { problem: { code, ...defined({ path }), message }, count: 1 });
    }
  }
}

/** Kinds of problem, most frequent first. A kind is a code at a path, with the message of its first occurrence. */
export function mostFrequent({ problems }: ImportTotals, limit: number): FrequentProblem[] {
  return [...problems.values()].toSorted((a, b) => b.count - a.count).slice(0, limit);
}
