import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FigtreeError } from '../../../events/errors.ts';
import { openImportSource } from '../../import-source.ts';
import { linesOf } from './event-lines.ts';
import { runScan, scanLog, type ScanRun } from './log-scan.ts';

export interface StoredScan {
  readonly source: string;
  /** The meaning of `position`: the position in a log, or the line of an archive. */
  readonly positions: 'log' | 'line';
  readonly run: ScanRun;
}

export interface ScanWatching {
  readonly signal: AbortSignal;
  /** Events of a log that were read so far, of all. */
  onLog(done: number, total: number): void;
  /** Lines of an archive that were read so far, and its bytes, of all; their total is unknown for a pipe. */
  onArchive(lines: number, bytes: number, bytesTotal: number | undefined): void;
}

/** Reads a whole log (a data folder, or its log.db) or an archive of events (NDJSON, plain or gzip; `-` for stdin) with
 *  the current code, without changing it. Throws DATA_MISSING if there is neither. */
export async function scanStored(path: string, watching: ScanWatching): Promise<StoredScan> {
  const log = logFileOf(path);
  return log === undefined ? scanArchive(path, watching) : scanLogFile(log, watching);
}

async function scanLogFile(path: string, { signal, onLog }: ScanWatching): Promise<StoredScan> {
  const onProgress = (done: number, total = done) => onLog(done, total);
  const { head: _head, ...run } = await scanLog(path, { signal, onProgress });
  return { source: path, positions: 'log', run };
}

async function scanArchive(path: string, { signal, onArchive }: ScanWatching): Promise<StoredScan> {
  const source = await openImportSource(path);
  const stop = () => source.close();
  signal.addEventListener('abort', stop, { once: true });
  const onProgress = (lines: number) => onArchive(lines, source.bytesRead(), source.bytesTotal);
  try {
    return { source: path, positions: 'line', run: await runScan(linesOf(source), { signal, onProgress }) };
  } finally {
    signal.removeEventListener('abort', stop);
    source.close();
  }
}

const SQLITE_FILE = /\.db$/;
const LINES_FILE = /\.(ndjson|jsonl|json|gz)$/;

/** The log at a path; undefined if it is a file of lines. Throws DATA_MISSING for a folder without one. */
function logFileOf(path: string): string | undefined {
  if (path === '-') return undefined;
  if (!existsSync(path)) return LINES_FILE.test(path) ? undefined : missing(path);
  if (!statSync(path).isDirectory()) return SQLITE_FILE.test(path) ? path : undefined;
  const log = join(path, 'log.db');
  return existsSync(log) ? log : missing(path);
}

function missing(path: string): never {
  throw new FigtreeError('DATA_MISSING', `${path} contains no Figtree data yet`, { path });
}
