import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { projectionNames } from '../../projections/registry.ts';
import type { ListedParked, ShownParked } from '../../../engine/parked-queries.ts';
import { exitCodes } from '../failure.ts';
import { openDataForReading } from '../engines/open-data.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, formatInstant, plural, printable } from '../text-format.ts';
import { textTable, type Column } from '../text-table.ts';
import type { CommandContext } from '../command-context.ts';

export interface ListOptions {
  readonly projection?: ProjectionName;
  readonly key?: string;
  readonly error?: string;
  readonly limit: number;
  readonly after?: string;
}

export async function listParked(options: ListOptions, { terminal, json }: CommandContext): Promise<number> {
  const { limit, after, ...query } = options;
  const { engine } = await openDataForReading();
  try {
    // One more than requested, to detect whether there are more.
    const found = engine.parked.list({ ...query, ...(after !== undefined && placeOf(after)), limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const next = found.length > limit && last !== undefined ? `${last.projection}:${last.position}` : null;
    await terminal.print(json ? JSON.stringify({ items, next }) : listText(items, next, terminal));
    return exitCodes.ok;
  } finally {
    await engine.close();
  }
}

function placeOf(after: string): { after: { projection: ProjectionName; position: number } } {
  const [, projection = '', position] = /^([a-z0-9]+):([0-9]{1,15})$/.exec(after) ?? [];
  if (!projectionNames.includes(projection))
    throw new FigtreeError('REQUEST_INVALID', `--after ${after} is not a place in this list`);
  return { after: { projection, position: Number(position) } };
}

/** Shows what is parked under one position or id: usually in one projection, in several if more of them failed on
 *  it. */
export async function showParked(
  { event, projection }: { event: string; projection?: ProjectionName },
  { terminal, json }: CommandContext,
): Promise<number> {
  const { engine } = await openDataForReading();
  try {
    const atPosition = /^[0-9]{1,15}$/.test(event) ? engine.parked.find({ position: Number(event) }) : [];
    const found = atPosition.length > 0 ? atPosition : engine.parked.find({ event });
    const wanted = found.filter((one) => projection === undefined || one.projection === projection);
    const shown = await Promise.all(wanted.map((one) => engine.parked.show(one.projection, one.position)));
    const items = shown.filter((one) => one !== undefined);
    if (items.length === 0) throw new FigtreeError('NOT_FOUND', `${event} is not parked`);
    const text = items.map((one) => showText(one, terminal)).join('\n\n');
    await terminal.print(json ? JSON.stringify({ items }) : text);
    return exitCodes.ok;
  } finally {
    await engine.close();
  }
}

const columns: readonly Column<ListedParked>[] = [
  { title: 'PROJECTION', text: ({ projection }) => projection },
  { title: 'POSITION', text: ({ position }) => String(position), align: 'right' },
  { title: 'KEY', text: ({ key }) => printable(key) },
  { title: 'CONSUMER', text: ({ consumer }) => consumer ?? '-' },
  { title: 'TRIES', text: ({ attempts }) => formatCount(attempts), align: 'right' },
  { title: 'PARKED (UTC)', text: ({ parkedAt }) => formatInstant(parkedAt) },
  { title: 'ERROR', text: ({ error, consumer }) => (consumer ? printable(error ?? '-') : 'waits'), fills: true },
];

function listText(items: readonly ListedParked[], next: string | null, terminal: Terminal): string {
  if (items.length === 0) return 'Nothing is parked.';
  const [titles = '', ...rows] = textTable(items, columns, terminal.columns);
  const more = next === null ? '' : `; continue with: figtree parked list --after ${next}`;
  return [terminal.colors.dim(titles), ...rows, '', `${plural(items.length, 'event')}${more}`].join('\n');
}

function showText(one: ShownParked, { colors }: Terminal): string {
  const failed = one.consumer !== undefined;
  const next = one.retryAt === undefined ? 'not automatically' : `${formatInstant(one.retryAt)} UTC`;
  return [
    `  projection  ${one.projection}`,
    `  position    ${one.position}`,
    `  event       ${printable(one.event)}`,
    `  key         ${printable(one.key)}, ${plural(one.waiting, 'event')} behind this one`,
    `  consumer    ${one.consumer ?? '- (it waits behind another event of its key)'}`,
    `  attempts    ${formatCount(one.attempts)}`,
    `  parked      ${formatInstant(one.parkedAt)} UTC`,
    ...(failed ? [`  next try    ${next}`, `  code        ${colors.red(printable(one.code ?? '-'))}`] : []),
    ...(failed ? [`  error       ${printable(one.error ?? '-')}`] : []),
    '',
    'What was recorded, without personal texts:',
    '',
    ...one.events.map((event) => printable(JSON.stringify(event))),
  ].join('\n');
}
