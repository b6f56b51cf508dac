import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { SelectionAsked } from '../../../engine/parked-operations.ts';
import { exitCodes } from '../failure.ts';
import { withOperations } from '../engines/operations.ts';
import { formatCount, plural } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export interface SelectionOptions {
  readonly projection?: ProjectionName;
  readonly id?: string;
  readonly key?: string;
  readonly error?: string;
  readonly all?: true;
}

interface Selected extends SelectionOptions {
  readonly event: string | undefined;
}

/** Fails if any event fails again. */
export async function redriveParked(options: Selected, { terminal, json }: CommandContext): Promise<number> {
  const asked = selectionOf(options);
  const report = await withOperations((operations) => operations.redriveParked(asked));
  const { keys, handled, failed } = report;
  if (json) await terminal.print(JSON.stringify(report));
  else if (keys === 0) await terminal.print('Nothing is parked.');
  else {
    const again =
      failed === 0 ? '' : terminal.colors.red(`; ${plural(failed, 'key')} failed again, see figtree parked list`);
    await terminal.print(`${plural(handled, 'event')} of ${plural(keys, 'key')} handled${again}`);
  }
  return failed === 0 ? exitCodes.ok : exitCodes.failed;
}

export async function discardParked(
  { yes, ...options }: Selected & { yes?: true },
  { terminal, json }: CommandContext,
): Promise<number> {
  const asked = selectionOf(options);
  if (yes !== true) {
    throw new FigtreeError('REQUEST_INVALID', 'Discarded events are never processed. Pass --yes to confirm.');
  }
  const report = await withOperations((operations) => operations.discardParked(asked));
  await terminal.print(json ? JSON.stringify(report) : `${plural(report.discarded, 'event')} discarded`);
  return exitCodes.ok;
}

export async function resumeProjection(
  projection: ProjectionName,
  { terminal, json }: CommandContext,
): Promise<number> {
  const resumed = await withOperations((operations) => operations.resumeProjection({ projection }));
  const text = resumed.paused
    ? `${projection} resumed; events that fail up to position ${formatCount(resumed.upTo)} are parked`
    : `${projection} is not paused: there is nothing to resume`;
  await terminal.print(json ? JSON.stringify(resumed) : text);
  return exitCodes.ok;
}

const POSITION = /^[0-9]{1,15}$/;

function selectionOf({ event, id, projection, key, error, all }: Selected): SelectionAsked {
  const ways = [event, id, key, error, all].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    throw new FigtreeError(
      'REQUEST_INVALID',
      'specify one position or event ID, or one of --id, --key, --error and --all',
    );
  }
  return {
    ...defined({ projection }),
    ...(event !== undefined && (POSITION.test(event) ? { position: Number(event) } : { event })),
    ...defined({ event: id, key, error, all }),
  };
}
