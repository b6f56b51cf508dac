import { basename } from 'node:path';
import type { TrimOutcome } from '../../../engine/trim.ts';
import { archiveLog, shrinkTrimmedLog } from '../engines/archives.ts';
import { exitCodes } from '../failure.ts';
import { withOperations } from '../engines/operations.ts';
import { ofTotal, openProgressBars } from '../progress-bars.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, formatMegabytes, formatSeconds, plural } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export interface ArchiveOptions {
  readonly folder: string;
  readonly trim: boolean;
}

/** The output of `--json`. */
export interface ArchiveSummary {
  readonly archive: string;
  /** Newly archived events of this run. */
  readonly events: number;
  readonly files: number;
  /** Last position of the whole archive. */
  readonly lastPosition: number;
  readonly bytes: number;
  readonly head: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly trim?: TrimSummary;
  /** Only if it was interrupted. */
  readonly interrupted?: true;
}

interface TrimSummary extends Omit<TrimOutcome, 'done'> {
  /** Whether free space was returned to the disk. */
  readonly shrunk: boolean;
}

export async function archiveCommand({ folder, trim }: ArchiveOptions, context: CommandContext): Promise<number> {
  const { terminal, interruption, json } = context;
  const { signal } = interruption;
  const written = await write(folder, context);
  const trimmed = trim && !signal.aborted ? await trimLog(written.archive, context) : undefined;
  const summary: ArchiveSummary = {
    ...written,
    ...(trimmed && { trim: trimmed }),
    ...(signal.aborted && { interrupted: true as const }),
  };
  await terminal.print(json ? JSON.stringify(summary) : outcomeText(summary, terminal));
  return interruption.exitCode() ?? exitCodes.ok;
}

async function write(
  path: string,
  { terminal, interruption }: CommandContext,
): Promise<Omit<ArchiveSummary, 'trim' | 'interrupted'>> {
  const start = performance.now();
  const bars = await openProgressBars(terminal);
  const bar = bars.add('archive');
  try {
    const { place, manifest, events, files, head } = await archiveLog(path, {
      signal: interruption.signal,
      onProgress: (position, head) => bar.update(position, head, ofTotal(position, head)),
    });
    const seconds = (performance.now() - start) / 1000;
    const { lastPosition, bytes } = manifest;
    return {
      archive: place,
      events,
      files,
      lastPosition,
      bytes,
      head,
      seconds: Math.round(seconds * 1000) / 1000,
      eventsPerSecond: Math.round(events / seconds),
    };
  } finally {
    bars.stop();
  }
}

/** Trims one file after the other, and then shrinks the log: that is only possible if no other process writes
 *  meanwhile. */
async function trimLog(archive: string, { terminal, interruption }: CommandContext): Promise<TrimSummary> {
  const bars = await openProgressBars(terminal);
  const bar = bars.add('trim');
  let trimmed = 0;
  try {
    const outcome = await withOperations(async (operations) => {
      for (;;) {
        const step = await operations.trim({ archive });
        trimmed += step.trimmed;
        bar.update(0, undefined, plural(trimmed, 'event'));
        if (step.done || interruption.signal.aborted) return step;
      }
    });
    const { first, heldBackBy, bytes, freeBytes } = outcome;
    const shrunkTo = freeBytes > 0 ? await shrinkTrimmedLog() : undefined;
    const size = shrunkTo === undefined ? { bytes, freeBytes } : { bytes: shrunkTo, freeBytes: 0 };
    return { trimmed, first, ...(heldBackBy && { heldBackBy }), ...size, shrunk: shrunkTo !== undefined };
  } finally {
    bars.stop();
  }
}

function outcomeText(summary: ArchiveSummary, { colors }: Terminal): string {
  const { archive, events, files, lastPosition, bytes, seconds, eventsPerSecond, interrupted, trim } = summary;
  const { bold, green, yellow, dim } = colors;
  const rate = `${formatSeconds(seconds)}, ${formatCount(eventsPerSecond)} events/s`;
  const news =
    events === 0
      ? `Nothing to archive: ${bold(basename(archive))} contains the whole log`
      : `${green('Archived')} ${plural(events, 'event')} in ${plural(files, 'file')} ${dim(`(${rate})`)}`;
  const lines = interrupted ? [yellow('Stopped. What was archived is kept; run the same command to continue.')] : [];
  lines.push(news, `  up to position ${formatCount(lastPosition)}, ${formatMegabytes(bytes)} in total`);
  if (trim) lines.push('', ...trimLines(trim, colors));
  return lines.join('\n');
}

function trimLines({ trimmed, first, heldBackBy, bytes, freeBytes, shrunk }: TrimSummary, colors: Terminal['colors']) {
  const lines = [`${colors.green('Trimmed')} ${plural(trimmed, 'event')}; the log begins at ${formatCount(first)}`];
  if (heldBackBy !== undefined) {
    const { projection, position, parked } = heldBackBy;
    const why = parked ? `has an event parked at ${formatCount(position)}` : `has not passed ${formatCount(position)}`;
    lines.push(colors.yellow(`  The rest is kept: ${projection} ${why}.`));
  }
  if (shrunk) lines.push(`  log.db now has ${formatMegabytes(bytes)}`);
  else if (freeBytes > 0) {
    lines.push(
      `  log.db keeps its ${formatMegabytes(bytes)}, of which ${formatMegabytes(freeBytes)} are free for new events;`,
      '  run the same command while no server is running to shrink it.',
    );
  }
  return lines;
}
