import { basename } from 'node:path';
import { isFigtreeError, FigtreeError } from '../../../events/errors.ts';
import type { Door } from '../../../ports/quarantine.ts';
import type { Engine } from '../../../engine/engine.ts';
import { caughtUp } from '../caught-up.ts';
import { exitCodes } from '../failure.ts';
import { followImport } from '../import-progress.ts';
import { mostFrequent, noTotals, takeIn, type ImportTotals } from '../import-run.ts';
import { openImportSource } from '../../import-source.ts';
import { openDataForWriting } from '../engines/open-data.ts';
import { parkedEvents, parkedText } from '../parked.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, formatSeconds, plural, printable, shorten } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export interface ImportOptions {
  readonly file: string;
  readonly as?: Door;
  readonly wait: boolean;
}

/** The output of `--json`. */
export interface ImportSummary {
  /** Lines that are not blank. accepted + duplicates + quarantined + ignored. */
  readonly read: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly ignored: number;
  readonly seconds: number;
  /** Accepted and duplicate events per second, until the projections had caught up (unless --no-wait). */
  readonly eventsPerSecond: number;
  /** Entries made by the fan-out meanwhile, before feeds are cut to their length. */
  readonly feedEntries: number;
  /** Events that are parked, from this import or before. */
  readonly parked: number;
  /** Only if it was interrupted before the end of the file. */
  readonly interrupted?: true;
}

export async function importCommand(options: ImportOptions, context: CommandContext): Promise<number> {
  const { terminal, interruption, json } = context;
  const source = await openImportSource(options.file);
  const { engine } = await openDataForWriting('command').catch((error: unknown) => {
    source.close();
    throw error;
  });
  const totals = noTotals();
  try {
    const summary = await runImport({ engine, source, options, totals, context });
    await terminal.print(json ? JSON.stringify(summary) : outcomeText({ summary, totals, options }, terminal));
  } catch (error) {
    throw withTotals(error, totals);
  } finally {
    await engine.close();
  }
  return interruption.exitCode() ?? (nothingTaken(totals) ? exitCodes.failed : exitCodes.ok);
}

/** Some refused lines are normal and wait in the quarantine. But if no line is usable, the wrong file was given. */
function nothingTaken({ accepted, duplicates, ignored, quarantined }: ImportTotals): boolean {
  return quarantined > 0 && accepted + duplicates + ignored === 0;
}

interface RunningImport {
  readonly engine: Engine;
  readonly source: Awaited<ReturnType<typeof openImportSource>>;
  readonly options: Omit<ImportOptions, 'file'>;
  readonly totals: ImportTotals;
  readonly context: CommandContext;
}

/** Imports the source and waits for the projections, with progress bars. */
export async function runImport({ engine, source, options, totals, context }: RunningImport): Promise<ImportSummary> {
  const { signal } = context.interruption;
  const start = performance.now();
  const progress = await followImport({ engine, source, totals, terminal: context.terminal });
  try {
    await takeIn({ source, ingest: engine.ingest, door: options.as, signal, totals });
    progress.readingEnded();
    if (options.wait && !signal.aborted) await caughtUp(engine, totals.position, { signal });
  } finally {
    progress.stop();
  }
  const seconds = (performance.now() - start) / 1000;
  const { read, accepted, duplicates, quarantined, ignored } = totals;
  return {
    read,
    accepted,
    duplicates,
    quarantined,
    ignored,
    seconds: Math.round(seconds * 1000) / 1000,
    eventsPerSecond: Math.round((accepted + duplicates) / seconds),
    feedEntries: engine.feedEntries(),
    parked: await parkedEvents(engine),
    ...(signal.aborted && { interrupted: true as const }),
  };
}

function withTotals(error: unknown, totals: ImportTotals): unknown {
  if (!isFigtreeError(error) || totals.read === 0) return error;
  const { read, accepted, duplicates, quarantined, ignored } = totals;
  return new FigtreeError(
    error.code,
    `${error.message} (${plural(read, 'line')} before that ${read === 1 ? 'was' : 'were'} kept)`,
    { ...error.details, read, accepted, duplicates, quarantined, ignored, cause: error },
  );
}

interface Outcome {
  readonly summary: ImportSummary;
  readonly totals: ImportTotals;
  readonly options: ImportOptions;
}

function outcomeText({ summary, totals, options: { file, wait } }: Outcome, terminal: Terminal): string {
  const { bold, green, yellow } = terminal.colors;
  const name = file === '-' ? 'stdin' : basename(file);
  const rate = `${formatSeconds(summary.seconds)}, ${formatCount(summary.eventsPerSecond)} events/s`;
  const lines = summary.interrupted
    ? [yellow(`Stopped after ${plural(summary.read, 'line')} of ${name}.`), goesOn(file)]
    : [`${green('Imported')} ${bold(name)} in ${rate}`];
  lines.push('', ...countLines(summary));
  if (!wait) lines.push('', 'The projections continue with the next command that writes to the folder.');
  if (summary.quarantined > 0) lines.push('', ...problemLines(totals, terminal));
  if (summary.parked > 0) lines.push('', terminal.colors.yellow(parkedText(summary.parked)));
  return lines.join('\n');
}

function goesOn(file: string): string {
  return file === '-'
    ? 'They are kept; send everything again, and they count as duplicates.'
    : 'They are kept; run the same command to continue.';
}

/** The counts of an import in aligned columns. */
export function countLines(summary: ImportSummary): string[] {
  const counts: [string, number][] = [
    ['read', summary.read],
    ['new', summary.accepted],
    ['duplicates', summary.duplicates],
    ['quarantined', summary.quarantined],
    ['ignored', summary.ignored],
    ['feed entries', summary.feedEntries],
  ];
  const width = Math.max(...counts.map(([, count]) => formatCount(count).length));
  return counts.map(([label, count]) => `  ${label.padEnd(13)} ${formatCount(count).padStart(width)}`);
}

function problemLines(totals: ImportTotals, { colors, columns }: Terminal): string[] {
  const frequent = mostFrequent(totals, 3);
  const width = Math.max(...frequent.map(({ count }) => formatCount(count).length));
  const lines = frequent.map(({ count, problem: { code, message } }) => {
    const start = `  ${formatCount(count).padStart(width)} × `;
    const room = (columns ?? 160) - start.length - code.length - 2;
    return `${start}${colors.red(code)}  ${shorten(printable(message), room)}`;
  });
  const noneIsJson = totals.read === totals.quarantined && frequent[0]?.problem.code === 'NOT_JSON';
  const hint = noneIsJson
    ? ['', 'An import must be NDJSON: one document per line, in UTF-8. Split a JSON array into lines.']
    : [];
  return ['Most frequent problems:', ...lines, ...hint, '', 'List them with: figtree quarantine list'];
}
