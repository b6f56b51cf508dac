import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FigtreeError } from '../../../events/errors.ts';
import type { Place, ScanFindings, UndeclaredKey } from '../../../schema-registry/check/log-scan.ts';
import { runScan, scanLog, type ScanRun } from '../../embedded/catalog/log-scan.ts';
import { linesOf } from '../event-archive.ts';
import { openImportSource } from '../../import-source.ts';
import { ofTotal, openProgressBars, type ProgressBar } from '../progress-bars.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, formatSeconds, plural, printable } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

/** The output of `--json`. */
export interface ScanSummary extends ScanFindings {
  readonly source: string;
  /** The meaning of `position`: the position in a log, or the line of an archive. */
  readonly positions: 'log' | 'line';
  readonly events: number;
  readonly failed: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly interrupted?: true;
}

/** Reads a whole log (a data folder, or its log.db) or an archive of events (NDJSON, plain or gzip; `-` for stdin) with
 *  the current code, without changing it, and reports refused events and undeclared keys. Shows a progress bar. Without
 *  a path it reads the data folder's log. */
export async function scanStored(path: string | undefined, context: CommandContext): Promise<ScanSummary> {
  const start = performance.now();
  const found = await scanned(path ?? (await dataFolderPath()), context);
  const seconds = (performance.now() - start) / 1000;
  const { run, ...source } = found;
  const failed = run.types.reduce((sum, type) => sum + type.failed, 0);
  return {
    ...source,
    events: run.events,
    failed,
    seconds: Math.round(seconds * 1000) / 1000,
    eventsPerSecond: Math.round(run.events / seconds),
    types: run.types,
    failures: run.failures,
    undeclared: run.undeclared,
    untold: run.untold,
    ...(context.interruption.signal.aborted && { interrupted: true as const }),
  };
}

async function dataFolderPath(): Promise<string> {
  const { parseConfig } = await import('../../config.ts');
  return parseConfig(process.env).data;
}

interface Scanned extends Pick<ScanSummary, 'source' | 'positions'> {
  readonly run: ScanRun;
}

async function scanned(path: string, { terminal, interruption: { signal } }: CommandContext): Promise<Scanned> {
  const bars = await openProgressBars(terminal);
  const bar = bars.add('scan');
  try {
    const log = logFileOf(path);
    return log === undefined ? await scanArchive(path, bar, signal) : await scanLogFile(log, bar, signal);
  } finally {
    bars.stop();
  }
}

async function scanLogFile(path: string, bar: ProgressBar, signal: AbortSignal): Promise<Scanned> {
  const { openStoredEvents } = await import('../../../adapters/embedded/log/stored-events.ts');
  const stored = openStoredEvents(path);
  const head = stored.head();
  stored.close();
  const onProgress = (done: number) => bar.update(done, head, ofTotal(done, head));
  const { head: _head, ...run } = await scanLog(path, { signal, onProgress });
  return { source: path, positions: 'log', run };
}

async function scanArchive(path: string, bar: ProgressBar, signal: AbortSignal): Promise<Scanned> {
  const source = await openImportSource(path);
  const stop = () => source.close();
  signal.addEventListener('abort', stop, { once: true });
  const { bytesTotal, bytesRead } = source;
  const onProgress = (done: number) => bar.update(bytesRead(), bytesTotal, plural(done, 'line'));
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

const SHOWN_MAX = 20;

/** The output for people, without refused events, which are reported with the other findings. */
export function scanText(summary: ScanSummary, { colors }: Terminal): string {
  const { bold, red, green, yellow } = colors;
  const { source, events, failed, seconds, eventsPerSecond, undeclared, types, untold, interrupted } = summary;
  const dropped = types.reduce((sum, type) => sum + type.dropped, 0);
  const lines = [
    `Read ${bold(formatCount(events))} events of ${printable(source)} in ${formatSeconds(seconds)}, ${formatCount(eventsPerSecond)} events/s`,
    ...(interrupted ? [yellow('Stopped before the end.')] : []),
    ...(dropped > 0 ? [`${formatCount(dropped)} of them are dropped by their upcasters.`] : []),
    failed === 0
      ? green('The current code reads all of them.')
      : red(`The current code refuses ${formatCount(failed)} of them; each kind is listed among the findings.`),
  ];
  if (undeclared.length > 0) {
    lines.push(
      '',
      'Undeclared keys; a new optional field with such a name would meet these values (FIELD_ADDED_SHADOWS_UNDECLARED):',
      ...undeclared.slice(0, SHOWN_MAX).map((key) => undeclaredLine(key, summary)),
      ...moreOf(undeclared.length),
    );
  }
  if (untold > 0) lines.push('', `${formatCount(untold)} more belong to kinds that were too many to list separately.`);
  return lines.join('\n');
}

function moreOf(count: number): string[] {
  return count > SHOWN_MAX ? [`  and ${formatCount(count - SHOWN_MAX)} more kinds; --json lists all of them`] : [];
}

function undeclaredLine({ type, version, path, jsonTypes, first }: UndeclaredKey, summary: ScanSummary): string {
  const kinds = Object.entries(jsonTypes).map(([jsonType, count]) => `${jsonType} ${formatCount(count)}`);
  return `  ${printable(type)} v${version} ${printable(path)}: ${kinds.join(', ')}; first at ${placeText(first, summary)}`;
}

function placeText({ position, time }: Place, { positions }: ScanSummary): string {
  const place = positions === 'log' ? `position ${formatCount(position)}` : `line ${formatCount(position)}`;
  return time === undefined ? place : `${place}, ${printable(time.slice(0, 10))}`;
}
