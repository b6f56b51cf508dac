import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type ErrorCode, errorCatalogue, type FigtreeError, isFigtreeError } from '../../events/errors.ts';

/** Maps the errors of the catalogue to HTTP, only here. `detail` replaces the error's own message if that may reveal
 *  paths or internals. */
interface Answer {
  readonly status: ContentfulStatusCode;
  readonly title: string;
  readonly detail?: string;
  readonly retryAfterSeconds?: number;
}

const refused = (title: string): Answer => ({ status: 422, title });
const failed = (title: string, detail: string): Answer => ({ status: 500, title, detail });

export const answers: { readonly [Code in ErrorCode]: Answer } = {
  NOT_JSON: refused('Not valid JSON'),
  LINE_TOO_LONG: refused('Line too long'),
  ITEM_TOO_COMPLEX: refused('Item too complex'),
  EVENT_INVALID: refused('Invalid event'),
  EVENT_TYPE_UNKNOWN: refused('Unknown event type'),
  EVENT_VERSION_NEWER: refused('Event version too new'),
  EVENT_NOT_UPCAST: refused('Event cannot be upcast'),
  EVENT_ID_CONFLICT: { status: 409, title: 'Event ID already in use' },
  EVENT_TOO_LARGE: { status: 413, title: 'Event too large' },
  SELF_FOLLOW: refused('Users cannot follow themselves'),
  SOURCE_RESERVED: refused('Reserved source'),
  SOURCE_FORBIDDEN: { status: 403, title: 'Source not allowed' },
  CHANGE_INVALID: refused('Invalid change'),
  COLLECTION_UNKNOWN: refused('Unknown collection'),
  OPERATION_UNKNOWN: refused('Unknown operation'),
  RELATIONSHIP_UNKNOWN: refused('Unknown relationship'),
  CHANGE_NOT_SUPPORTED: refused('Change not supported'),
  REQUEST_INVALID: { status: 400, title: 'Invalid request' },
  CURSOR_INVALID: { status: 400, title: 'Invalid cursor' },
  BODY_TOO_LARGE: { status: 413, title: 'Body too large' },
  CONTENT_TYPE_UNSUPPORTED: { status: 415, title: 'Unsupported content type' },
  BODY_TOO_SLOW: { status: 408, title: 'Body too slow' },
  TOO_MANY_TAILS: { status: 429, title: 'Too many live streams', retryAfterSeconds: 10 },
  UNAUTHENTICATED: { status: 401, title: 'Not authenticated' },
  FORBIDDEN: { status: 403, title: 'Forbidden' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  EVENTS_ARCHIVED: { status: 410, title: 'Events archived' },
  POSITION_BEYOND_HEAD: { status: 409, title: 'Position beyond the head' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed' },
  KEY_SERVER_UNAVAILABLE: {
    status: 503,
    title: 'Key server unavailable',
    detail: 'The token cannot be verified: the keys of its issuer are unavailable.',
    retryAfterSeconds: 5,
  },
  NOT_CAUGHT_UP: { status: 504, title: 'Not caught up', retryAfterSeconds: 1 },
  SHUTTING_DOWN: {
    status: 503,
    title: 'Shutting down',
    detail: 'The server is shutting down.',
    retryAfterSeconds: 5,
  },
  CONFIG_INVALID: failed('Invalid configuration', 'The server is not configured correctly.'),
  AUTH_REQUIRED: failed('Keys required', 'The server is not configured correctly.'),
  SCHEMA_INVALID: failed('Invalid schemas', 'The event catalog is inconsistent.'),
  ADDRESS_UNAVAILABLE: failed('Address unavailable', 'The server cannot listen on the address.'),
  DATA_IN_USE: failed('Data in use', 'Another process is writing the data.'),
  DATA_NEWER: failed('Data too new', 'The data was written by a newer version.'),
  DATA_DAMAGED: failed('Data damaged', 'The data cannot be read.'),
  DATA_MISSING: failed('Data missing', 'No data was found.'),
  DATA_NOT_EMPTY: failed('Data not empty', 'There is already data.'),
  DATA_EXPOSED: failed('Data exposed', 'The data is not protected from other users.'),
  ARCHIVE_DAMAGED: failed('Archive damaged', 'An archive file is damaged or missing.'),
  ARCHIVE_FOREIGN: failed('Archive of a different log', 'The archive does not belong to this log.'),
  STORAGE_FULL: {
    status: 507,
    title: 'Storage full',
    detail: 'Not everything could be stored. Send the request again later; what was stored counts as a duplicate.',
  },
  STORAGE_FAILED: {
    status: 503,
    title: 'Storage failed',
    detail: 'Not everything could be stored. Send the request again later; what was stored counts as a duplicate.',
    retryAfterSeconds: 5,
  },
  FILE_UNREADABLE: failed('File unreadable', 'A file cannot be read.'),
  FILE_UNWRITABLE: failed('File unwritable', 'A file cannot be written.'),
  SCHEMA_DAMAGED: failed('Schema damaged', 'A file of the schema registry differs from what was frozen.'),
  DECLARATION_INVALID: failed('Invalid declaration', 'A projection is not declared correctly.'),
  ROW_INVALID: failed('Invalid row', 'A projection cannot store a row.'),
  TABLE_MISUSED: failed('Table misused', 'A projection uses its tables in a way that is not possible.'),
  CALL_FAILED: failed('Call failed', 'Another system did not answer, or refused the request.'),
  CALL_MISUSED: failed('Call misused', 'A consumer calls another system in a way that is not possible.'),
  SAMPLE_IMPOSSIBLE: failed('No sample', 'No sample of the event can be generated.'),
  SWAP_RUNNING: { status: 409, title: 'Swap in progress', retryAfterSeconds: 5 },
  SWAP_REFUSED: { status: 409, title: 'Swap refused' },
  CONSUMER_STOPPED: failed('Consumer stopped', 'A consumer has stopped.'),
  REBUILD_RUNNING: { status: 409, title: 'Rebuild in progress', retryAfterSeconds: 5 },
  REBUILD_STOPPED: failed('Rebuild stopped', 'A consumer cannot handle a past event.'),
  REBUILD_INVALID: failed('Invalid rebuild', 'The result of the rebuild is inconsistent.'),
  REBUILD_NOT_PROMOTED: { status: 409, title: 'Rebuild not promoted' },
  INTERNAL: failed('Internal error', 'An unexpected error occurred. It has been logged.'),
};

/** RFC 9457. `code` is for programs; `type` identifies it as a URI. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** For REQUEST_INVALID: the problems by path. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  /** For EVENTS_ARCHIVED: the first position that is still in the log. */
  readonly first?: number;
  /** For POSITION_BEYOND_HEAD: the position of the newest event. */
  readonly head?: number;
}

function problemDocument(code: ErrorCode, message: string, errors?: ProblemDocument['errors']): ProblemDocument {
  const { status, title, detail } = answers[code];
  return {
    type: `urn:figtree:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    detail: detail ?? message,
    code,
    retryable: errorCatalogue[code].retryable,
    ...(errors && { errors }),
  };
}

/** The response to a failed request. Any error that is not in the catalogue is INTERNAL, and its message is not
 *  shown. */
export function problemResponse(error: unknown): Response {
  const code = isFigtreeError(error) ? error.code : 'INTERNAL';
  const message = isFigtreeError(error) ? error.message : '';
  const errors = isFigtreeError(error, 'REQUEST_INVALID') ? error.details.errors : undefined;
  const document = {
    ...problemDocument(code, message, errors),
    ...(isFigtreeError(error, 'EVENTS_ARCHIVED') && { first: error.details.first }),
    ...(isFigtreeError(error, 'POSITION_BEYOND_HEAD') && { head: error.details.head }),
  };
  return new Response(JSON.stringify(document), { status: document.status, headers: headersOf(code, error) });
}

export function isServerFault(error: unknown): boolean {
  return !isFigtreeError(error) || (answers[error.code].status >= 500 && !expectedUnderLoad.has(error.code));
}

/** True if the request was refused because of its credentials. */
export function isRefusal(error: unknown): error is FigtreeError {
  return isFigtreeError(error, 'UNAUTHENTICATED') || isFigtreeError(error, 'FORBIDDEN');
}

// Part of normal operation and reported to the client; logging them would be noise. A failing key server is logged
// once, and not for each token.
const expectedUnderLoad: ReadonlySet<ErrorCode> = new Set(['NOT_CAUGHT_UP', 'SHUTTING_DOWN', 'KEY_SERVER_UNAVAILABLE']);

function headersOf(code: ErrorCode, error: unknown): Record<string, string> {
  // Set here too, because some responses come from outside of the routes.
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  };
  const { retryAfterSeconds } = answers[code];
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds);
  // RFC 9110, 11.6.1 and 15.5.6: a 401 names the scheme, a 405 the methods.
  if (code === 'UNAUTHENTICATED') headers['www-authenticate'] = 'Bearer realm="figtree"';
  // RFC 9110, 15.5.9: the rest of the body is not read.
  if (code === 'BODY_TOO_SLOW') headers['connection'] = 'close';
  if (isFigtreeError(error, 'METHOD_NOT_ALLOWED')) headers['allow'] = error.details.allow;
  return headers;
}
