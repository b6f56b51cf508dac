import { FigtreeError } from '../../../events/errors.ts';
import { releaseAll, releaseEntries, type ReleaseOutcome, type ReleaseParts } from '../../../producers/release.ts';
import { caughtUp } from '../caught-up.ts';
import { exitCodes } from '../failure.ts';
import { openDataForWriting } from '../engines/open-data.ts';
import { parkedEvents, parkedText } from '../parked.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, printable, shorten } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export interface ReleaseOptions {
  readonly ids: readonly number[];
  readonly all: boolean;
}

/** Fails if any selected entry stays in the quarantine, because it is still refused. */
export async function releaseQuarantine(options: ReleaseOptions, context: CommandContext): Promise<number> {
  const { terminal, interruption, json } = context;
  if (options.all === options.ids.length > 0) throw new FigtreeError('REQUEST_INVALID', 'specify IDs or --all');
  const { engine } = await openDataForWriting('command');
  try {
    const outcomes: ReleaseOutcome[] = [];
    for await (const outcome of released(options, engine)) {
      if (interruption.signal.aborted) break;
      outcomes.push(outcome);
      if (!json) await terminal.print(outcomeLine(outcome, terminal));
    }
    await caughtUp(engine, await engine.log.head(), { signal: interruption.signal });
    const parked = await parkedEvents(engine);
    const counts = countsOf(outcomes);
    await terminal.print(
      json ? JSON.stringify({ ...counts, parked, items: outcomes }) : countsLine(counts, outcomes.length),
    );
    if (parked > 0 && !json) await terminal.print(terminal.colors.yellow(parkedText(parked)));
    return interruption.exitCode() ?? (counts.released === outcomes.length ? exitCodes.ok : exitCodes.failed);
  } finally {
    await engine.close();
  }
}

async function* released({ ids, all }: ReleaseOptions, parts: ReleaseParts): AsyncGenerator<ReleaseOutcome> {
  if (all) yield* releaseAll(parts);
  else yield* await releaseEntries([...new Set(ids)], parts);
}

type Counts = Record<ReleaseOutcome['outcome'], number>;

function countsOf(outcomes: readonly ReleaseOutcome[]): Counts {
  const counts: Counts = { released: 0, refused: 0, truncated: 0, unknown: 0 };
  for (const { outcome } of outcomes) counts[outcome] += 1;
  return counts;
}

function countsLine({ released: taken, refused, truncated, unknown }: Counts, total: number): string {
  if (total === 0) return 'The quarantine is empty.';
  const parts = [`${formatCount(taken)} of ${formatCount(total)} released`];
  if (refused > 0) parts.push(`${formatCount(refused)} refused again`);
  if (truncated > 0) parts.push(`${formatCount(truncated)} cut off`);
  if (unknown > 0) parts.push(`${formatCount(unknown)} unknown`);
  return `\n${parts.join(', ')}`;
}

function outcomeLine(outcome: ReleaseOutcome, { colors, columns }: Terminal): string {
  const id = String(outcome.id).padStart(6);
  if (outcome.outcome === 'released') return `${id}  ${colors.green('released')}`;
  if (outcome.outcome === 'refused') {
    const { code, message } = outcome.problem;
    const room = (columns ?? 160) - id.length - code.length - 19;
    return `${id}  ${colors.red('refused again')}  ${code}  ${shorten(printable(message), room)}`;
  }
  return `${id}  ${colors.red(notSent[outcome.outcome])}`;
}

const notSent = {
  truncated: 'cut off: it was too long to be kept whole; its sender must send it again',
  unknown: 'unknown: there is no item with this ID, or it was already released',
};
