import type { StoredPlace, ScanFindings, UndeclaredKey } from '../../../schema-registry/check/log-scan.ts';
import { scanStoredEvents, type StoredScan } from '../engines/stored-scan.ts';
import { ofTotal, openProgressBars } from '../progress-bars.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, formatSeconds, plural, printable } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

/** The output of `--json`. */
export interface ScanSummary extends ScanFindings, Pick<StoredScan, 'source' | 'positions'> {
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
  const found = await scanned(path, context);
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

async function scanned(
  path: string | undefined,
  { terminal, interruption: { signal } }: CommandContext,
): Promise<StoredScan> {
  const bars = await openProgressBars(terminal);
  const bar = bars.add('scan');
  try {
    return await scanStoredEvents(path, {
      signal,
      onLog: (done, total) => bar.update(done, total, ofTotal(done, total)),
      onArchive: (lines, bytes, bytesTotal) => bar.update(bytes, bytesTotal, plural(lines, 'line')),
    });
  } finally {
    bars.stop();
  }
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

function placeText({ position, time }: StoredPlace, { positions }: ScanSummary): string {
  const place = positions === 'log' ? `position ${formatCount(position)}` : `line ${formatCount(position)}`;
  return time === undefined ? place : `${place}, ${printable(time.slice(0, 10))}`;
}
