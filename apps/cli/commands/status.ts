import type { ProjectionState, Status } from '../../../ports/progress.ts';
import { exitCodes } from '../failure.ts';
import { openDataForReading } from '../engines/open-data.ts';
import { statusOfHolder } from '../engines/operations.ts';
import { readConfig } from '../read-config.ts';
import type { Colors } from '../terminal.ts';
import { formatCount, formatInstant, formatSeconds, plural, printable } from '../text-format.ts';
import { textTable, type Column } from '../text-table.ts';
import type { CommandContext } from '../command-context.ts';

/** Asks the process that holds the folder, because only it knows what is paused or stalled; without one, reads the
 *  state that a stop or a crash has left. */
export async function status({ terminal, json }: CommandContext): Promise<number> {
  const config = await readConfig();
  const found = (await statusOfHolder()) ?? (await statusOfFiles());
  await terminal.print(json ? JSON.stringify(found) : statusText(found, config.data, terminal.colors));
  return exitCodes.ok;
}

async function statusOfFiles(): Promise<Status> {
  const { engine } = await openDataForReading();
  try {
    return await engine.status();
  } finally {
    await engine.close();
  }
}

type ProjectionStatus = Status['projections'][number];

const columns: readonly Column<ProjectionStatus>[] = [
  { title: 'PROJECTION', text: ({ name }) => printable(name) },
  { title: 'VERSION', text: ({ version }) => String(version), align: 'right' },
  { title: 'POSITION', text: ({ position }) => formatCount(position), align: 'right' },
  { title: 'LAG', text: ({ lagEvents }) => plural(lagEvents, 'event'), align: 'right' },
  { title: 'BEHIND', text: ({ lagSeconds }) => (lagSeconds === 0 ? '-' : formatSeconds(lagSeconds)), align: 'right' },
  { title: 'PARKED', text: ({ parked }) => formatCount(parked), align: 'right' },
  { title: 'STATE', text: ({ state }) => state },
];

function statusText({ head, projections, notBuilt = [], quarantined }: Status, folder: string, colors: Colors): string {
  const stateColors: Record<ProjectionState, (text: string) => string> = {
    live: colors.green,
    'catching-up': colors.yellow,
    stopped: colors.red,
    stalled: colors.red,
  };
  const [titles = '', ...rows] = textTable(projections, columns);
  const table = rows.map((row, index) => {
    const state = projections[index]?.state ?? 'live';
    return row.slice(0, -state.length) + stateColors[state](state);
  });
  const refused = quarantined === 0 ? '' : colors.yellow('  list them with: figtree quarantine list');
  return [
    `  folder       ${printable(folder)}`,
    `  head         ${formatCount(head)}`,
    `  quarantined  ${formatCount(quarantined)}${refused}`,
    '',
    colors.dim(titles),
    ...table,
    ...notBuilt.map((name) =>
      colors.yellow(
        `  ${printable(name)}: not built; the next start of a server builds it, or figtree rebuild ${printable(name)}`,
      ),
    ),
    ...projections.flatMap((one) => troubleOf(one).map((line) => colors.yellow(line))),
  ].join('\n');
}

/** Problems that do not fit in the table, and the commands that help. */
function troubleOf(one: ProjectionStatus): string[] {
  const { name, parked, parkedByConsumer, oldestParkedSeconds, pausedSince, stalledSeconds = 0, state } = one;
  const consumers = Object.entries(parkedByConsumer).map(([consumer, events]) => `${consumer} ${formatCount(events)}`);
  const { range, lagEvents, lagSeconds } = one.worstKeyRange;
  const lines = [
    ...(parked > 0
      ? [
          `${plural(parked, 'event')} parked (${consumers.join(', ')}), the oldest for ${formatSeconds(oldestParkedSeconds)}: figtree parked list --projection ${printable(name)}`,
          `the keys of range ${range} are furthest behind: ${plural(lagEvents, 'event')}, ${formatSeconds(lagSeconds)}`,
        ]
      : []),
    ...(pausedSince === undefined
      ? []
      : [`paused since ${formatInstant(pausedSince)} UTC because a consumer fails at most events: see the log`]),
    ...(state === 'stalled' ? [`has made no progress for ${formatSeconds(stalledSeconds)}: see the log`] : []),
  ];
  return lines.map((line) => `  ${printable(name)}: ${line}`);
}
