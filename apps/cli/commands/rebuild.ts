import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { RebuildState } from '../../../engine/rebuild/state.ts';
import { projectionsNamed } from '../../projections/registry.ts';
import type { RebuildRequest } from '../../../engine/rebuild/rebuilds.ts';
import { type FolderRebuild, takeFolderRebuild } from '../engines/rebuilds.ts';
import { exitCodes } from '../failure.ts';
import { type GateOptions, gateOf } from '../gate-options.ts';
import { followRebuild } from '../rebuild-progress.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, formatSeconds, plural } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export interface RebuildCommand extends GateOptions {
  readonly projection: string | undefined;
  readonly dryRun?: true;
  readonly until?: string;
  readonly swap: boolean;
  readonly rate?: number;
  readonly onError: 'stop' | 'park';
  readonly fromArchive?: string;
  readonly rollback?: true;
  readonly restart?: true;
  readonly list?: true;
}

export async function rebuildCommand(options: RebuildCommand, context: CommandContext): Promise<number> {
  requireOneThing(options);
  if (options.list) return (await import('./rebuild-list.ts')).listAllRebuilds(context);
  if (options.projection === undefined) throw new FigtreeError('REQUEST_INVALID', 'specify a projection or all');
  const projections = projectionsNamed(options.projection);
  if (options.rollback) return (await import('./rebuild-rollback.ts')).rollback(projections, context);
  const { until, swap, rate, onError, fromArchive: archive } = options;
  const gate = gateOf(options);
  const request: RebuildRequest = {
    projections,
    swap,
    onError,
    restart: options.restart === true,
    ...defined({ until, rate }),
    ...(Object.keys(gate).length > 0 && { gate }),
    ...defined({ archive }),
  };
  if (options.dryRun) return (await import('./rebuild-estimate.ts')).printEstimate(request, context);
  return rebuild(request, context);
}

function requireOneThing(options: RebuildCommand): void {
  const { dryRun, rollback, list, restart, until, swap, rate, fromArchive, onError } = options;
  const asked = [dryRun && '--dry-run', rollback && '--rollback', list && '--list'].filter(
    (each) => each !== undefined,
  );
  if (asked.length > 1) throw new FigtreeError('REQUEST_INVALID', `${asked.join(' and ')} cannot be combined`);
  const building = [restart, until, rate, fromArchive, ...Object.values(gateOf(options))].some(
    (each) => each !== undefined,
  );
  if ((rollback || list) && (building || !swap || onError !== 'stop')) {
    throw new FigtreeError(
      'REQUEST_INVALID',
      `${asked.join()} builds nothing and cannot be combined with build options`,
    );
  }
}

async function rebuild(request: RebuildRequest, context: CommandContext): Promise<number> {
  const { terminal, interruption, json } = context;
  const taken = await takeFolderRebuild(request);
  try {
    if (!json) tellBeginning(taken, terminal);
    const following = await followRebuild(taken.state, terminal, json);
    const done = await taken
      .run({ signal: interruption.signal, onProgress: following.progress })
      .finally(following.stop);
    if (!done) {
      await terminal.print(
        json ? JSON.stringify({ ...summaryOf(taken), stage: 'interrupted' }) : interruptedText(taken),
      );
      return interruption.exitCode() ?? exitCodes.failed;
    }
    await terminal.print(json ? JSON.stringify(summaryOf(taken)) : doneText(taken, terminal));
    taken.finish();
    return interruption.exitCode() ?? exitCodes.ok;
  } finally {
    taken.release();
  }
}

function tellBeginning({ state, resumed, superseded }: FolderRebuild, terminal: Terminal): void {
  for (const id of superseded) terminal.note(`The interrupted rebuild ${id} is discarded: this one replaces it.`);
  if (resumed) terminal.note(`Continuing rebuild ${state.id}.`);
}

/** The last line of `--json`. */
function summaryOf({ state, resumed }: FolderRebuild) {
  const { id, stage, seconds, projections, options } = state;
  const position = Math.max(...projections.map((projection) => projection.position));
  return {
    stage,
    id,
    resumed,
    seconds: Math.round(seconds * 1000) / 1000,
    eventsPerSecond: Math.round(position / seconds),
    ...defined({ until: options.until }),
    projections: projections.map(({ name, file, position: at, parked, verification, matchPercent }) => ({
      name,
      file,
      position: at,
      parked,
      ...defined({ verification, matchPercent }),
    })),
  };
}

function doneText({ state, resumed, replaced }: FolderRebuild, terminal: Terminal): string {
  const { bold, green, dim, yellow } = terminal.colors;
  const swapped = state.stage === 'swapped';
  const names = state.projections.map(({ name }) => name);
  const speed = formatCount(Math.max(...state.projections.map(({ position }) => position)) / state.seconds);
  const lines = [
    `${green(swapped ? 'Rebuilt' : 'Built')} ${bold(names.join(', '))} in ${formatSeconds(state.seconds)}, ${speed} events/s${resumed ? ' (over several runs)' : ''}`,
    '',
    ...state.projections.flatMap((projection) => projectionLines(projection, terminal)),
    ...(!swapped || replaced.length > 0 ? [''] : []),
    ...(swapped
      ? keptLines(replaced, names)
      : [dim('The live version is unchanged; the new files are beside it in the data folder.')]),
  ];
  const parked = state.projections.reduce((sum, projection) => sum + projection.parked, 0);
  if (parked > 0) lines.push(yellow(parkedLine(parked, names)));
  return lines.join('\n');
}

/** How to return to the versions that were replaced: a new projection had none. */
function keptLines(replaced: readonly string[], names: readonly string[]): string[] {
  const asked = replaced.length > 1 && replaced.length === names.length ? ['all'] : replaced;
  return asked.map((name) => `The previous version is kept: figtree rebuild ${name} --rollback`);
}

function parkedLine(parked: number, names: readonly string[]): string {
  const [are, them] = parked === 1 ? ['is', 'it'] : ['are', 'them'];
  const where = names.length === 1 ? ` --projection ${names[0]}` : '';
  return `${plural(parked, 'event')} ${are} parked because a consumer could not handle ${them}: figtree parked list${where}`;
}

function projectionLines(
  { name, file, position, verification }: RebuildState['projections'][number],
  terminal: Terminal,
) {
  const { cyan, dim, yellow } = terminal.colors;
  const counts = Object.entries(verification?.counts ?? {}).map(([what, count]) => `${formatCount(count)} ${what}`);
  const lines = [`  ${name.padEnd(14)} ${cyan(file)} at ${formatCount(position)}`];
  lines.push(`  ${''.padEnd(14)} ${dim(`${counts.join(', ')}; digest ${verification?.digest.slice(0, 12) ?? '-'}`)}`);
  if (verification?.live === 'equal') lines.push(`  ${''.padEnd(14)} ${dim('identical to the live version')}`);
  if (verification?.live === 'different') {
    lines.push(`  ${''.padEnd(14)} ${yellow('differs from the live version at the same position')}`);
  }
  return lines;
}

function interruptedText({ state }: FolderRebuild): string {
  const where = state.projections.map(({ name, stage, position }) => `${name} ${stage} at ${formatCount(position)}`);
  const anew = state.projections.some(({ stage }) => stage === 'build');
  const kept = anew ? 'What was built in memory starts over, other files are kept' : 'Completed work is kept';
  return `Stopped: ${where.join(', ')}. ${kept}; run the same command to continue.`;
}
