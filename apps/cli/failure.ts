import { defined } from '../../events/defined.ts';
import { isFigtreeError, type ErrorCode } from '../../events/errors.ts';
import type { Terminal } from './terminal.ts';
import { printable } from './text-format.ts';

/** Exit codes of every command. */
export const exitCodes = { ok: 0, failed: 1, wrongUse: 2 } as const;

/** The failure of a command, ready to be printed: one line for people, JSON for programs. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly exitCode: number;
  readonly stack?: string;
}

// Wrong use: another command line or another environment would have avoided the error, whatever the data.
const wrongUse: ReadonlySet<string> = new Set<ErrorCode>(['REQUEST_INVALID', 'CONFIG_INVALID', 'AUTH_REQUIRED']);

const remedies: { readonly [Code in ErrorCode]?: string } = {
  REQUEST_INVALID: 'run the command with --help',
  CONFIG_INVALID: 'set the variable to another value, or unset it',
  AUTH_REQUIRED: 'set FIGTREE_PUBLISH_KEYS with FIGTREE_JWT_SECRET or FIGTREE_JWKS_URL, or leave HOST at 127.0.0.1',
  DATA_IN_USE:
    'send the request to the server that is using it (see /openapi.json), stop that process, or set FIGTREE_DATA to another folder',
  DATA_NEWER: 'use the newer Figtree that wrote it, or set FIGTREE_DATA to another folder',
  DATA_DAMAGED:
    'restore log.db or keys.db from its newest copy; the file of a projection may be removed and is rebuilt from the log, and so may live.json',
  DATA_MISSING:
    'import something (figtree import FILE) or start figtree serve, or set FIGTREE_DATA to the right folder',
  DATA_NOT_EMPTY: 'set FIGTREE_DATA to an empty folder',
  POSITION_BEYOND_HEAD:
    'begin at a position in the log (see figtree status); if the log had this position before, it was restored from an older copy',
  EVENTS_ARCHIVED: 'begin at the first position still in the log, or read the archive with zcat',
  ARCHIVE_DAMAGED: 'restore the file from a copy; figtree archive verify FOLDER lists everything that is wrong',
  ARCHIVE_FOREIGN: 'choose another folder',
  SCHEMA_DAMAGED: 'figtree schema check lists everything that is wrong with the registry',
  STORAGE_FULL: 'free some space and run the same command again; it continues where it stopped',
  STORAGE_FAILED: 'check the disk and the permissions of the data folder, then run the same command again',
  FILE_UNWRITABLE: 'check the permissions and the disk, or choose another folder',
  DECLARATION_INVALID: 'correct the declaration of the projection (docs/features.md)',
  SAMPLE_IMPOSSIBLE:
    'give the event an example in its definition, or write one by hand into its <version>.samples.json',
  CONSUMER_STOPPED: 'check the log lines above and figtree status, then run the same command again',
  REBUILD_RUNNING: 'wait for it (figtree rebuild --list), or end that process: its completed work is kept',
  REBUILD_STOPPED:
    'fix the consumer and run the same command again to continue, or add --on-error park to park such events',
  REBUILD_INVALID: 'the live version is unchanged; --restart rebuilds from the beginning',
  REBUILD_NOT_PROMOTED:
    'the live version is unchanged; figtree parity shows the differences, and the same command continues',
  SWAP_RUNNING: 'wait until the other swap is complete, then run the same command again',
  SWAP_REFUSED: 'build a matching version with figtree rebuild',
  SHUTTING_DOWN: 'run the same command again',
};

// The remedies for data folders do not apply to an installation on AWS.
const remediesOnAws: typeof remedies = {
  ...remedies,
  ARCHIVE_DAMAGED: 'restore an earlier version of the object, then run the same command again to continue',
  STORAGE_FAILED:
    'check AWS_REGION, FIGTREE_PREFIX, the other names and the permissions of the credentials, then run the same command again',
  REBUILD_RUNNING: 'wait a minute, or end that process; the same command continues its work',
  REBUILD_STOPPED:
    'fix the consumer and run the same command again to continue, or add --on-error skip to leave such events out',
  REBUILD_NOT_PROMOTED:
    'the live version is unchanged; --json prints the first differences, and the same command compares again',
  SWAP_REFUSED: 'check which version is live, then build a version with figtree aws rebuild',
};

/** `onAws`: the command concerned an installation on AWS. */
export function failureOf(error: unknown, { onAws = false } = {}): Failure {
  if (!(error instanceof Error)) return internal(String(error));
  const stack = error.stack ?? error.message;
  if ('syscall' in error && (error.syscall === 'listen' || error.syscall === 'getaddrinfo'))
    return { ...listenFailure(error), stack };
  if (!isFigtreeError(error)) return { ...internal(error.message), stack };
  const { code, message, details } = error;
  const remedy =
    typeof details['rebuild'] === 'string'
      ? `rebuild it: figtree rebuild ${details['rebuild']}`
      : (onAws ? remediesOnAws : remedies)[code];
  return {
    code,
    message: oneLine(message),
    ...defined({ remedy }),
    ...(Object.keys(details).length > 0 && { details }),
    exitCode: wrongUse.has(code) ? exitCodes.wrongUse : exitCodes.failed,
    stack,
  };
}

type ListenError = NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string };

// Node's errors for an address that is not available.
function listenFailure(error: Error): Omit<Failure, 'stack'> {
  const { code, address, port, hostname } = error as ListenError;
  const at = port === undefined ? (address ?? hostname) : `${address}:${port}`;
  const known = code === 'EADDRINUSE';
  return {
    code: 'ADDRESS_UNAVAILABLE',
    message: known ? `${at} is in use` : `cannot listen on ${at}: ${oneLine(error.message)}`,
    details: { reason: code ?? error.name },
    remedy: known ? 'set PORT=0 for a free port, or PORT to another number' : 'set HOST and PORT to other values',
    exitCode: exitCodes.failed,
  };
}

function internal(message: string): Failure {
  const remedy = 'LOG_LEVEL=debug shows where it happened';
  return { code: 'INTERNAL', message: oneLine(message), remedy, exitCode: exitCodes.failed };
}

function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, ' ').trim();
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${ended(text.slice(1))}`;
}

function ended(text: string): string {
  return `${text.replace(/\.$/, '')}.`;
}

/** Prints a failure to stderr and, with `json`, as the one document on stdout. */
export async function printFailure(failure: Failure, terminal: Terminal, json: boolean): Promise<void> {
  const { code, message, remedy, details } = failure;
  const { red, bold } = terminal.noteColors;
  // Unwrapped: a message may begin with a user's file name.
  terminal.note(
    `${red(bold(code))}: ${ended(printable(message))}${remedy === undefined ? '' : ` ${sentence(remedy)}`}`,
  );
  if (process.env['LOG_LEVEL'] === 'debug' && failure.stack !== undefined) terminal.note(failure.stack);
  if (json) await terminal.print(JSON.stringify({ code, message, remedy, ...(details && { details }) }));
}
