import { z } from '@hono/zod-openapi';
import { FigtreeError } from '../../events/errors.ts';

// Parameters that many routes share.

/** A query parameter that must not be repeated: hono parses repeated ones as an array. */
export const once = () =>
  z.string({ error: ({ input }) => (input === undefined ? 'is missing' : 'must be given only once') });

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;

const limit = once()
  .regex(/^[0-9]{1,9}$/, 'must be a positive integer')
  .transform(Number)
  .refine((value) => value >= 1, 'must be a positive integer')
  .transform((value) => Math.min(value, LIMIT_MAX))
  .default(LIMIT_DEFAULT)
  .openapi({
    type: 'integer',
    minimum: 1,
    default: LIMIT_DEFAULT,
    description: `Maximum number of items to return; values above ${LIMIT_MAX} are treated as ${LIMIT_MAX}`,
  });

const cursor = once().optional().openapi({
  description: 'Where to continue the list: `next` of the previous page. Opaque; do not construct or modify it.',
});

/** A position in the log, as decimal digits. */
export const position = once()
  .regex(/^[0-9]{1,15}$/, 'must be a position: a non-negative integer')
  .transform(Number);

const after = position.optional().openapi({
  type: 'integer',
  minimum: 0,
  description:
    'Wait until the data of this route includes this position of the log (`position` of the response to a POST), for at most 5 s',
});

const REASON_CHARACTERS_MAX = 500;

const reason = once()
  .max(REASON_CHARACTERS_MAX, `must have at most ${REASON_CHARACTERS_MAX} characters`)
  .optional()
  .openapi({
    description: 'Reason for the action, recorded in the log line that names the caller',
    example: 'Ticket 4711',
  });

/** For every administrative action. */
export const actionQuery = z.object({ reason });

export const readQuery = z.object({ after });
export const listQuery = z.object({ limit, cursor, after });

/** An id in a path, lower case. A malformed id is no error: it is treated as an unknown one, so a single resource is
 *  not found and a list is empty. */
export const pathId = (name: string) =>
  z
    .string()
    .toLowerCase()
    .openapi({
      param: { name, in: 'path' },
      example: '56cab268fd9255c263d2e00e',
      description: 'ObjectId, 24 hexadecimal digits',
    });

export const userPath = z.object({ userId: pathId('userId') });

/** The result of parsing with a schema. */
export interface Parsed {
  readonly success: boolean;
  readonly data?: unknown;
  readonly error?: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] };
}

/** Rejects a request that does not match its route's schemas with REQUEST_INVALID and the name of each parameter. */
export function refuseInvalid(parsed: Parsed): void {
  if (parsed.success) return;
  const errors = (parsed.error?.issues ?? []).map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new FigtreeError('REQUEST_INVALID', errors.map(({ path, message }) => `${path} ${message}`).join('; '), {
    errors,
  });
}
