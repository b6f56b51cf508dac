import type { ProjectionState, Status } from '../../../ports/progress.ts';
import { exitCodes } from '../failure.ts';
import { openDataForReading } from '../open-data.ts';
import type { CommandContext } from '../program.ts';
import type { Colors } from '../terminal.ts';
import { formatCount, formatSeconds, plural } from '../text-format.ts';
import { textTable, type Column } from '../text-table.ts';

/** Works beside a running server and on what a crash has left. */
export async function status({ terminal, json }: CommandContext): Promise<number> {
  const { engine, config } = await openDataForReading();
  try {
    const found = await engine.status();
    await terminal.print(json ? JSON.stringify(found) : statusText(found, config.data, terminal.colors));
    return exitCodes.ok;
  } finally {
    await engine.close();
  }
}

type ProjectionStatus = Status['projections'][number];

const columns: readonly Column<ProjectionStatus>[] = [
  { title: 'PROJECTION', text: ({ name }) => name },
  { title: 'VERSION', text: ({ version }) => String(version), align: 'right' },
  { title: 'POSITION', text: ({ position }) => formatCount(position), align: 'right' },
  { title: 'LAG', text: ({ lagEvents }) => plural(lagEvents, 'event'), align: 'right' },
  { title: 'BEHIND', text: ({ lagSeconds }) => (lagSeconds === 0 ? '-' : formatSeconds(lagSeconds)), align: 'right' },
  { title: 'PARKED', text: ({ parked }) => formatCount(parked), align: 'right' },
  { title: 'STATE', text: ({ state }) => state },
];

export function statusText({ head, projections, quarantined }: Status, folder: string, colors: Colors): string {
  const stateColors: Record<ProjectionState, (text: string) => string> = {
    live: colors.green,
    'catching-up': colors.yellow,
    stopped: colors.red,
  };
  const [titles = '', ...rows] = textTable(projections, columns);
  const table = rows.map((row, index) => {
    const state = projections[index]?.state ?? 'live';
    return row.slice(0, -state.length) + stateColors[state](state);
  });
  const refused = quarantined === 0 ? '' : colors.yellow('  see them with: figtree quarantine list');
  return [
    `  folder       ${folder}`,
    `  head         ${formatCount(head)}`,
    `  quarantined  ${formatCount(quarantined)}${refused}`,
    '',
    colors.dim(titles),
    ...table,
  ].join('\n');
}
