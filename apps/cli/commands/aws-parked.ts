import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { StoppedKey } from '../../../ports/stream-parking.ts';
import { openStoppedKeys } from '../engines/stopped-keys.ts';
import { exitCodes } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { formatInstant, plural, printable } from '../text-format.ts';
import { textTable } from '../text-table.ts';
import type { CommandContext } from '../command-context.ts';

export interface AwsParkedOptions {
  readonly projection: ProjectionName;
}

export async function listStoppedKeys(
  { projection, limit, after }: AwsParkedOptions & { limit: number; after?: string },
  { terminal, json }: CommandContext,
): Promise<number> {
  const { parking } = await openStoppedKeys(projection);
  const found = await parking.stoppedKeys({ limit: limit + 1, ...defined({ after }) });
  const items = found.slice(0, limit);
  const next = found.length > limit ? (items.at(-1)?.key ?? null) : null;
  await terminal.print(json ? JSON.stringify({ items, next }) : listText(items, next, terminal));
  return exitCodes.ok;
}

function listText(items: readonly StoppedKey[], next: string | null, { columns }: Terminal): string {
  if (items.length === 0) return 'No key is stopped.';
  const lines = textTable(
    items,
    [
      { title: 'KEY', text: ({ key }) => printable(key) },
      { title: 'EVENT', text: ({ failure }) => printable(failure?.event ?? '-') },
      { title: 'CONSUMER', text: ({ failure }) => failure?.consumer ?? '-' },
      { title: 'SINCE (UTC)', text: ({ stoppedAtMs }) => formatInstant(new Date(stoppedAtMs).toISOString()) },
      {
        title: 'ERROR',
        text: ({ failure }) =>
          failure === undefined ? 'not tried yet' : printable(`${failure.code}: ${failure.error}`),
        fills: true,
      },
    ],
    columns,
  );
  return [...lines, ...(next === null ? [] : ['', `More keys: --after ${next}`])].join('\n');
}

/** Fails if any event fails again. */
export async function redriveStoppedKeys(
  { projection, key, all }: AwsParkedOptions & { key?: string; all?: true },
  { terminal, json, interruption }: CommandContext,
): Promise<number> {
  if ((key === undefined) === (all === undefined)) {
    throw new FigtreeError('REQUEST_INVALID', 'specify a key or --all');
  }
  const redrive = await (await openStoppedKeys(projection)).openRedrive();
  const report = await redrive.redrive(key === undefined ? 'all' : [key], () => !interruption.signal.aborted);
  const { keys, handled, failed } = report;
  const again = failed === 0 ? '' : terminal.colors.red(`; ${plural(failed, 'key')} failed again`);
  const text = `${plural(handled, 'event')} of ${plural(keys, 'key')} handled${again}`;
  const none = key === undefined ? 'No key is stopped.' : `The key ${printable(key)} is not stopped.`;
  await terminal.print(json ? JSON.stringify(report) : keys === 0 ? none : text);
  return failed === 0 ? exitCodes.ok : exitCodes.failed;
}

export async function discardFirstOfKey(
  { projection, key, yes }: AwsParkedOptions & { key: string; yes?: true },
  { terminal, json }: CommandContext,
): Promise<number> {
  if (yes !== true) {
    throw new FigtreeError('REQUEST_INVALID', 'Discarded events are never processed. Pass --yes to confirm.');
  }
  const redrive = await (await openStoppedKeys(projection)).openRedrive();
  const isDone = await redrive.discardFirst(key);
  if (!isDone) throw new FigtreeError('NOT_FOUND', `the key ${key} is not stopped`);
  await terminal.print(json ? JSON.stringify({ discarded: 1 }) : '1 event discarded');
  return exitCodes.ok;
}
