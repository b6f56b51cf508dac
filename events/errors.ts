/** All errors, by code. `retryable` tells whether the same call may succeed later without a change. docs/errors.md
 *  explains each code; a test compares the two. */
export const errorCatalogue = {
  // Input was refused: it goes to the quarantine or back to the publisher.
  NOT_JSON: { retryable: false },
  LINE_TOO_LONG: { retryable: false },
  ITEM_TOO_COMPLEX: { retryable: false },
  EVENT_INVALID: { retryable: false },
  EVENT_TYPE_UNKNOWN: { retryable: false },
  EVENT_VERSION_NEWER: { retryable: false },
  EVENT_NOT_UPCAST: { retryable: false },
  EVENT_ID_CONFLICT: { retryable: false },
  EVENT_TOO_LARGE: { retryable: false },
  SELF_FOLLOW: { retryable: false },
  SOURCE_RESERVED: { retryable: false },
  SOURCE_FORBIDDEN: { retryable: false },
  CHANGE_INVALID: { retryable: false },
  COLLECTION_UNKNOWN: { retryable: false },
  OPERATION_UNKNOWN: { retryable: false },
  RELATIONSHIP_UNKNOWN: { retryable: false },
  CHANGE_NOT_SUPPORTED: { retryable: false },
  // A request was refused.
  REQUEST_INVALID: { retryable: false },
  CURSOR_INVALID: { retryable: false },
  BODY_TOO_LARGE: { retryable: false },
  CONTENT_TYPE_UNSUPPORTED: { retryable: false },
  BODY_TOO_SLOW: { retryable: true },
  TOO_MANY_TAILS: { retryable: true },
  UNAUTHENTICATED: { retryable: false },
  FORBIDDEN: { retryable: false },
  NOT_FOUND: { retryable: false },
  EVENTS_ARCHIVED: { retryable: false },
  POSITION_BEYOND_HEAD: { retryable: false },
  METHOD_NOT_ALLOWED: { retryable: false },
  KEY_SERVER_UNAVAILABLE: { retryable: true },
  NOT_CAUGHT_UP: { retryable: true },
  SHUTTING_DOWN: { retryable: true },
  // The start or the machinery failed.
  CONFIG_INVALID: { retryable: false },
  AUTH_REQUIRED: { retryable: false },
  SCHEMA_INVALID: { retryable: false },
  ADDRESS_UNAVAILABLE: { retryable: true },
  DATA_IN_USE: { retryable: true },
  DATA_NEWER: { retryable: false },
  DATA_DAMAGED: { retryable: false },
  DATA_MISSING: { retryable: false },
  DATA_NOT_EMPTY: { retryable: false },
  DATA_EXPOSED: { retryable: false },
  ARCHIVE_DAMAGED: { retryable: false },
  ARCHIVE_FOREIGN: { retryable: false },
  STORAGE_FULL: { retryable: true },
  STORAGE_FAILED: { retryable: true },
  FILE_UNREADABLE: { retryable: false },
  FILE_UNWRITABLE: { retryable: false },
  SCHEMA_DAMAGED: { retryable: false },
  DECLARATION_INVALID: { retryable: false },
  ROW_INVALID: { retryable: false },
  TABLE_MISUSED: { retryable: false },
  CALL_FAILED: { retryable: true },
  CALL_MISUSED: { retryable: false },
  SAMPLE_IMPOSSIBLE: { retryable: false },
  CONSUMER_STOPPED: { retryable: false },
  REBUILD_RUNNING: { retryable: true },
  REBUILD_STOPPED: { retryable: false },
  REBUILD_INVALID: { retryable: false },
  REBUILD_NOT_PROMOTED: { retryable: false },
  SWAP_RUNNING: { retryable: true },
  SWAP_REFUSED: { retryable: false },
  INTERNAL: { retryable: false },
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

/** Why input was refused, in terms of what the sender wrote. */
export interface Problem {
  readonly code: ErrorCode;
  /** Dotted path in the received document, for instance `fullDocument.userName`. */
  readonly path?: string;
  readonly message: string;
}

/** The details that code relies on, by code. All others are for people. */
export interface ErrorDetails {
  /** The first position that is still in the log, and the folder of the archive that holds the events before it. */
  readonly EVENTS_ARCHIVED: { readonly first: number; readonly archive?: string };
  /** The position of the newest event. */
  readonly POSITION_BEYOND_HEAD: { readonly head: number };
  /** The methods that are allowed, joined by commas. */
  readonly METHOD_NOT_ALLOWED: { readonly allow: string };
  /** What is wrong where, if a schema refused the request. */
  readonly REQUEST_INVALID: { readonly errors?: readonly { readonly path: string; readonly message: string }[] };
  /** The damaged file. */
  readonly DATA_DAMAGED: { readonly path?: string };
}

type AnyDetails = Readonly<Record<string, unknown>>;
type DetailsOf<Code extends ErrorCode> = Code extends keyof ErrorDetails ? ErrorDetails[Code] & AnyDetails : AnyDetails;
/** They may be left out if nothing in them is required. */
type DetailsArgument<Code extends ErrorCode> =
  Partial<DetailsOf<Code>> extends DetailsOf<Code>
    ? [details?: DetailsOf<Code> | undefined]
    : [details: DetailsOf<Code>];

export class FigtreeError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code;
  readonly retryable: boolean;
  readonly details: DetailsOf<Code>;

  /** A `cause` in the details becomes the error's cause. */
  constructor(code: Code, message: string, ...[given]: DetailsArgument<Code>) {
    const { cause, ...details }: AnyDetails = given ?? {};
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'FigtreeError';
    this.code = code;
    this.retryable = errorCatalogue[code].retryable;
    this.details = details as DetailsOf<Code>;
  }
}

/** Recognises errors by code, not by class, because two bundles contain two classes. The code tells the details. */
export function isFigtreeError<Code extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: Code,
): error is FigtreeError<Code> {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return Object.hasOwn(errorCatalogue, error.code) && (code === undefined || error.code === code);
}
