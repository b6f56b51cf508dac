import { FigtreeError } from '../../../events/errors.ts';
import type { QuarantineEntry } from '../../../ports/quarantine.ts';
import { exitCodes } from '../failure.ts';
import { openDataForReading } from '../engines/open-data.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, formatInstant, printable } from '../text-format.ts';
import { textTable, type Column } from '../text-table.ts';
import type { CommandContext } from '../command-context.ts';

export interface ListOptions {
  readonly after: number;
  readonly limit: number;
}

/** Without the input itself: `show` prints that. */
export async function listQuarantine(
  { after, limit }: ListOptions,
  { terminal, json }: CommandContext,
): Promise<number> {
  const { engine } = await openDataForReading();
  try {
    // One more than requested, to detect whether there are more.
    const found = await engine.quarantine.list({ after, limit: limit + 1 });
    const entries = found.slice(0, limit);
    const next = found.length > limit ? (entries.at(-1)?.id ?? null) : null;
    if (json) await terminal.print(JSON.stringify({ items: entries.map(listed), next }));
    else await terminal.print(listText(entries, { total: await engine.quarantine.count(), next, terminal }));
    return exitCodes.ok;
  } finally {
    await engine.close();
  }
}

export async function showQuarantine(id: number, { terminal, json }: CommandContext): Promise<number> {
  const { engine } = await openDataForReading();
  try {
    const entry = await engine.quarantine.get(id);
    if (entry === undefined) throw new FigtreeError('NOT_FOUND', `there is no item ${id} in the quarantine`);
    await terminal.print(json ? JSON.stringify({ ...listed(entry), raw: entry.raw }) : showText(entry, terminal));
    return exitCodes.ok;
  } finally {
    await engine.close();
  }
}

function listed({ id, at, door, origin, problem, truncated }: QuarantineEntry) {
  return { id, at, door, origin, ...problem, truncated };
}

const columns: readonly Column<QuarantineEntry>[] = [
  { title: 'ID', text: ({ id }) => String(id), align: 'right' },
  { title: 'WHEN (UTC)', text: ({ at }) => formatInstant(at) },
  { title: 'DOOR', text: ({ door }) => door },
  { title: 'CODE', text: ({ problem }) => problem.code },
  { title: 'PROBLEM', text: ({ problem }) => printable(withPath(problem)), fills: true },
];

// Most messages begin with it.
function withPath({ path, message }: QuarantineEntry['problem']): string {
  return path === undefined || message.startsWith(path) ? message : `${path}: ${message}`;
}

interface ListFrame {
  readonly total: number;
  readonly next: number | null;
  readonly terminal: Pick<Terminal, 'colors' | 'columns'>;
}

function listText(entries: readonly QuarantineEntry[], { total, next, terminal }: ListFrame): string {
  const { dim } = terminal.colors;
  if (entries.length === 0)
    return total === 0 ? 'The quarantine is empty.' : `No items after that; ${total} before it.`;
  const [titles = '', ...rows] = textTable(entries, columns, terminal.columns);
  const more = next === null ? '' : `; continue with: figtree quarantine list --after ${next}`;
  return [dim(titles), ...rows, '', `${formatCount(entries.length)} of ${formatCount(total)}${more}`].join('\n');
}

function showText({ id, at, door, origin, problem, raw, truncated }: QuarantineEntry, { colors }: Terminal): string {
  return [
    `  id       ${id}`,
    `  when     ${formatInstant(at)} UTC`,
    `  door     ${door}, ${printable(origin)}`,
    `  code     ${colors.red(problem.code)}`,
    `  path     ${printable(problem.path ?? '-')}`,
    `  problem  ${printable(problem.message)}`,
    '',
    truncated ? 'What was sent (cut off: it was too long to be kept whole, and cannot be released):' : 'What was sent:',
    '',
    printable(raw),
  ].join('\n');
}
