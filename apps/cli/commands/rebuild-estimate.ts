import type { RebuildRequest } from '../../../engine/rebuild/rebuilds.ts';
import { estimateFolderRebuild, type ProjectionEstimate, type RebuildEstimate } from '../engines/rebuilds.ts';
import { exitCodes } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, formatSeconds } from '../text-format.ts';
import { type Column, textTable } from '../text-table.ts';
import type { CommandContext } from '../command-context.ts';

export async function printEstimate(request: RebuildRequest, { terminal, json }: CommandContext): Promise<number> {
  const estimate = await estimateFolderRebuild(request);
  await terminal.print(json ? JSON.stringify({ stage: 'dry run', ...estimate }) : estimateText(estimate, terminal));
  return exitCodes.ok;
}

const eventsOf = ({ events }: ProjectionEstimate) => Object.values(events).reduce((sum, count) => sum + count, 0);

const columns: readonly Column<ProjectionEstimate>[] = [
  { title: 'PROJECTION', text: ({ name }) => name },
  { title: 'EVENTS', text: (each) => formatCount(eventsOf(each)), align: 'right' },
  { title: 'TIME', text: ({ seconds }) => formatSeconds(seconds), align: 'right' },
  { title: 'SIZE', text: ({ bytes }) => formatMegabytes(bytes), align: 'right' },
  {
    title: 'TIME IS FROM',
    text: ({ secondsFrom }) => (secondsFrom === 'sample' ? 'a sample, now' : 'the last rebuild'),
  },
  { title: 'SIZE IS FROM', text: ({ bytesFrom }) => (bytesFrom === 'sample' ? 'a sample, now' : 'the live file') },
];

function estimateText({ upTo, projections, seconds, bytes }: RebuildEstimate, { colors }: Terminal): string {
  const [titles = '', ...rows] = textTable(projections, columns);
  const byType = new Map(projections.flatMap(({ events }) => Object.entries(events)));
  const width = Math.max(0, ...[...byType.keys()].map((type) => type.length));
  return [
    `It would read the log up to ${formatCount(upTo)}, take about ${formatSeconds(seconds)} and ${formatMegabytes(bytes)} of disk.`,
    '',
    colors.dim(titles),
    ...rows,
    '',
    'Events by type:',
    ...[...byType].map(([type, count]) => `  ${type.padEnd(width)} ${formatCount(count).padStart(12)}`),
    '',
    'Nothing was written.',
  ].join('\n');
}

function formatMegabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;
}
