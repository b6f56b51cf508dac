import type { VerifiedProjection } from '../../../engine/rebuild/verification.ts';
import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { checkedGate } from '../../parity/gate.ts';
import {
  type AwsRebuildEstimate,
  type AwsRebuildProgress,
  type AwsRebuildState,
  estimateInstallation,
  rebuildInstallation,
} from '../engines/aws-rebuild.ts';
import { exitCodes } from '../failure.ts';
import { type GateOptions, gateOf } from '../gate-options.ts';
import { openProgressBars } from '../progress-bars.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, formatInstant, formatSeconds, plural } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export interface AwsRebuildCommand extends GateOptions {
  readonly projection: ProjectionName;
  readonly dryRun?: true;
  readonly rate?: number;
  readonly onError: 'stop' | 'skip';
  readonly rollback?: true;
  readonly restart?: true;
  /** In seconds. */
  readonly functionTimeout?: number;
}

const LINE_EVERY_MS = 1000;

export async function awsRebuild(options: AwsRebuildCommand, context: CommandContext): Promise<number> {
  requireOneThing(options);
  return await (options.dryRun ? estimate(options, context) : rebuild(options, context));
}

function requireOneThing({ dryRun, rollback, restart, onError, ...options }: AwsRebuildCommand): void {
  const isGated = Object.keys(gateOf(options)).length > 0;
  if (dryRun && isGated) throw new FigtreeError('REQUEST_INVALID', '--dry-run compares nothing: omit --promote-at');
  if (rollback && (dryRun || restart || isGated || onError !== 'stop')) {
    throw new FigtreeError('REQUEST_INVALID', '--rollback can only be combined with --rate and --function-timeout');
  }
}

async function rebuild(options: AwsRebuildCommand, { terminal, interruption, json }: CommandContext): Promise<number> {
  const { projection, rate, onError, rollback, restart, functionTimeout } = options;
  const gate = checkedGate(gateOf(options));
  const bars = await openProgressBars(terminal);
  const bar = bars.add(projection);
  let saidMs = 0;
  const onProgress = (progress: AwsRebuildProgress) => {
    const { stage, counts, hours, doneAt, audited } = progress;
    const until = doneAt === undefined ? '' : `, until ${formatInstant(doneAt)} UTC`;
    const seen = audited === undefined ? plural(counts.events, 'event') : plural(audited, 'item');
    bar.update(hours?.done ?? 0, hours?.total, `${stage}, ${seen}${until}`);
    if (!json || performance.now() - saidMs < LINE_EVERY_MS) return;
    saidMs = performance.now();
    void terminal.print(JSON.stringify(progress));
  };
  const { state, resumed, done } = await rebuildInstallation({
    projection,
    kind: rollback ? 'rollback' : 'rebuild',
    onError,
    ...(restart && { restart }),
    ...defined({ writeUnitsPerSecond: rate, gate }),
    ...(functionTimeout !== undefined && { functionMs: functionTimeout * 1000 }),
    signal: interruption.signal,
    onProgress,
  }).finally(() => bars.stop());
  const stage = done ? state.stage : 'interrupted';
  const { id, version, before, counts, seconds, gap, verified } = state;
  const summary = {
    stage,
    id,
    resumed,
    version,
    before,
    seconds: Math.round(seconds * 1000) / 1000,
    ...counts,
    ...defined({ gap, verification: verified?.verification, matchPercent: verified?.matchPercent }),
  };
  await terminal.print(json ? JSON.stringify(summary) : done ? doneText(state, terminal) : interruptedText(state));
  return interruption.exitCode() ?? (done ? exitCodes.ok : exitCodes.failed);
}

function doneText(state: AwsRebuildState, terminal: Terminal): string {
  const { kind, projection, version, before, counts, seconds, gap, verified } = state;
  const { bold, green, yellow } = terminal.colors;
  const what = kind === 'rebuild' ? 'Rebuilt' : 'Rolled back';
  const { events, skipped, requests, writeUnits } = counts;
  const lines = [
    `${green(what)} ${bold(projection)} in ${formatSeconds(seconds)}: version ${version} is live`,
    `  ${plural(events, 'event')}, ${plural(requests, 'request')}, ${plural(Math.round(writeUnits), 'write unit')}`,
    ...(verified === undefined ? [] : [`  ${verifiedText(verified)}`]),
    `  version ${before} is kept: figtree aws rebuild ${projection} --rollback`,
  ];
  if (skipped > 0)
    lines.push(
      yellow(`  ${plural(skipped, 'event')} could not be handled and ${skipped === 1 ? 'was' : 'were'} left out`),
    );
  if (gap !== undefined) {
    const between = `between ${formatInstant(gap.from)} and ${formatInstant(gap.to)} UTC`;
    lines.push(yellow(`  events that arrived ${between}, if any, are in neither the archive nor the stream`));
  }
  return lines.join('\n');
}

function verifiedText({ verification, matchPercent }: VerifiedProjection): string {
  const { counts = {}, digest = '' } = verification ?? {};
  const found = Object.entries(counts).map(([what, count]) => `${formatCount(count)} ${what}`);
  const matching = matchPercent === undefined ? '' : `; ${matchPercent} % of answers match`;
  return `${found.join(', ')}; digest ${digest}${matching}`;
}

function interruptedText({ stage, version, counts }: AwsRebuildState): string {
  const after = `Stopped at ${stage} after ${plural(counts.events, 'event')}.`;
  if (stage !== 'settling') return `${after} Completed work is kept; run the same command to continue.`;
  return `${after} Version ${version} is live but lacks what functions still wrote to the previous one: run the same command again.`;
}

async function estimate(
  { projection, rate }: AwsRebuildCommand,
  { terminal, interruption, json }: CommandContext,
): Promise<number> {
  const { signal } = interruption;
  const estimated = await estimateInstallation({ projection, signal, ...defined({ writeUnitsPerSecond: rate }) });
  await terminal.print(json ? JSON.stringify(estimated) : estimateText(estimated));
  return interruption.exitCode() ?? exitCodes.ok;
}

function estimateText(estimated: AwsRebuildEstimate): string {
  const { projection, upTo, events, refused, feedEntries, writeUnits, requests, dollars, seconds } = estimated;
  const total = Object.values(events).reduce((sum, count) => sum + count, 0);
  return [
    `A rebuild of ${projection} from the archive up to ${upTo}:`,
    ...Object.entries(events).map(([type, count]) => `  ${formatCount(count).padStart(12)}  ${type}`),
    `  ${formatCount(total).padStart(12)}  events in total${refused > 0 ? `, and ${plural(refused, 'record')} that no projection accepts` : ''}`,
    ...(feedEntries > 0 ? [`  ${formatCount(feedEntries).padStart(12)}  feed entries`] : []),
    `  ${formatCount(Math.round(requests)).padStart(12)}  requests to DynamoDB`,
    `  ${formatCount(Math.round(writeUnits)).padStart(12)}  write units${seconds === undefined ? '' : `: ${formatSeconds(seconds)} at this rate`}`,
    `  ${`$${dollars.toFixed(2)}`.padStart(12)}  at list prices`,
    'Nothing was written.',
  ].join('\n');
}
