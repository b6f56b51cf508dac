import type { ListedRebuild } from '../../../engine/rebuild/rebuilds.ts';
import { listFolderRebuilds } from '../engines/rebuilds.ts';
import { exitCodes } from '../failure.ts';
import { formatCount, formatInstant, printable } from '../text-format.ts';
import { type Column, textTable } from '../text-table.ts';
import type { CommandContext } from '../command-context.ts';

/** Running, interrupted and finished rebuilds, newest first. */
export async function listAllRebuilds({ terminal, json }: CommandContext): Promise<number> {
  const rebuilds = await listFolderRebuilds();
  if (json) {
    await terminal.print(JSON.stringify({ items: rebuilds }));
    return exitCodes.ok;
  }
  const [titles = '', ...rows] = textTable(rebuilds, columns, terminal.columns);
  await terminal.print(
    rebuilds.length === 0 ? 'Nothing has been rebuilt yet.' : [terminal.colors.dim(titles), ...rows].join('\n'),
  );
  return exitCodes.ok;
}

const columns: readonly Column<ListedRebuild>[] = [
  { title: 'ID', text: ({ id }) => id },
  { title: 'BEGUN (UTC)', text: ({ startedAt }) => formatInstant(startedAt) },
  { title: 'PROJECTIONS', text: ({ projections }) => projections.map(({ name }) => printable(name)).join(', ') },
  { title: 'STAGE', text: ({ stage, projections }) => (stage === 'building' ? stagesOf(projections) : stage) },
  {
    title: 'POSITION',
    text: ({ projections }) => formatCount(Math.min(...projections.map(({ position }) => position))),
    align: 'right',
  },
  { title: 'STATE', text: stateOf, fills: true },
];

function stagesOf(projections: ListedRebuild['projections']): string {
  return [...new Set(projections.map(({ stage }) => stage))].join(', ');
}

function stateOf({ runningIn, finishedAt, error }: ListedRebuild): string {
  if (runningIn !== undefined) return runningIn === 0 ? 'running' : `running in process ${runningIn}`;
  if (finishedAt !== undefined) return 'done';
  return error === undefined ? 'interrupted' : printable(`failed: ${error.code} ${error.message}`);
}
