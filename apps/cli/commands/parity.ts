import type { ProjectionName } from '../../../ports/progress.ts';
import { differenceKinds, type ParityDifference, parityHolds } from '../../../replay/parity.ts';
import { compareBuild, type ParityReport } from '../engines/builds.ts';
import { explanationLines } from '../explanation-text.ts';
import { exitCodes } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, plural, printable } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export interface ParityCommand {
  readonly projection: ProjectionName;
  readonly against: string;
  readonly sample?: number;
  readonly seed?: number;
  readonly limit: number;
  readonly at: number;
  readonly newest?: number;
  readonly ignoreOrder?: boolean;
  readonly build?: string;
}

const TOLD_EVERY_KEYS = 1000;

/** Exits with 0 if enough keys match, with 1 if not. Works beside a running server. */
export async function parity(command: ParityCommand, { terminal, interruption, json }: CommandContext) {
  const { projection, build, limit, at, ...options } = command;
  const compared = compareBuild(projection, build, {
    ...options,
    differencesMax: limit,
    signal: interruption.signal,
    onKey(keys) {
      if (terminal.interactive && keys % TOLD_EVERY_KEYS === 0) terminal.note(`${formatCount(keys)} keys`);
    },
  });
  const report = await compared.catch((error: unknown) => {
    if (interruption.signal.aborted) return undefined;
    throw error;
  });
  if (report === undefined) return interruption.exitCode() ?? exitCodes.failed;
  const holds = parityHolds(report, at);
  await terminal.print(json ? JSON.stringify({ ...report, holds }) : parityText(report, { at, holds, terminal }));
  return holds ? exitCodes.ok : exitCodes.failed;
}

interface Frame {
  readonly at: number;
  readonly holds: boolean;
  readonly terminal: Pick<Terminal, 'colors' | 'columns'>;
}

function parityText(report: ParityReport, { at, holds, terminal }: Frame): string {
  const { colors } = terminal;
  const { keys, matching, matchPercent, kinds, errors, differences, sample, position } = report;
  const share = keys === 0 ? 'nothing was compared' : `${matchPercent} %`;
  const differing = differenceKinds
    .filter((kind) => kinds[kind] > 0)
    .map((kind) => `${kind} ${formatCount(kinds[kind])}`);
  const lines = [
    `  projection  ${report.projection}, at position ${formatCount(position)}`,
    `  against     ${printable(report.against)}`,
    ...(sample === undefined ? [] : [`  sample      ${formatCount(sample.size)}, seed ${sample.seed}`]),
    `  compared    ${plural(keys, 'key')}, ${formatCount(matching)} match`,
    `  match       ${holds ? colors.green(share) : colors.red(share)}${at === 100 ? '' : `, ${at} % required`}`,
    ...(differing.length === 0 ? [] : [`  different   ${differing.join(', ')} (keys)`]),
    ...(report.unknownThere === 0 ? [] : [`  unknown     ${plural(report.unknownThere, 'key')} in the other system`]),
    `  no answer   ${errors.count === 0 ? '0' : colors.yellow(formatCount(errors.count))}`,
  ];
  for (const { key, error } of errors.first) {
    lines.push(`    ${key === undefined ? '' : `${printable(key)}: `}${printable(error)}`);
  }
  for (const difference of differences) lines.push('', ...differenceLines(difference, terminal));
  return lines.join('\n');
}

function differenceLines(difference: ParityDifference, terminal: Frame['terminal']): string[] {
  const { key, field, kinds, ours, theirs, from, because } = difference;
  const place = from === undefined ? field : `${field}[${from}]`;
  const shown = (value: ParityDifference['ours']) =>
    printable(Array.isArray(value) ? value.join(' ') || 'nothing more' : JSON.stringify(value));
  return [
    `${terminal.colors.bold(printable(key))} ${place}: ${kinds.join(', ')}`,
    `  ours    ${shown(ours)}`,
    `  theirs  ${shown(theirs)}`,
    ...because.flatMap((explanation) => explanationLines(explanation, terminal)).map((line) => `  ${line}`),
  ];
}
