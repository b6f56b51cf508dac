import { z } from '@hono/zod-openapi';
import { FigtreeError } from '../../events/errors.ts';

// The parameters that many routes share.

/** A parameter of the query that stands there once: hono gives an array for one that stands there more often. */
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

/** A position in the log, as text of digits. */
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

/** Of everything that an administrator does. */
export const actionQuery = z.object({ reason });

export const readQuery = z.object({ after });
export const listQuery = z.object({ limit, cursor, after });

/** An id in a path, lower case. One that no document can have is not an error: it is an id that nobody has, so a single
 *  thing is not found and a list is empty, the same as for an id that is well formed and unknown. */
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

/** What a schema makes of what it is given. */
export interface Parsed {
  readonly success: boolean;
  readonly data?: unknown;
  readonly error?: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] };
}

/** A request that does not fit its route's schemas is REQUEST_INVALID, with the name of each parameter. */
export function refuseInvalid(parsed: Parsed): void {
  if (parsed.success) return;
  const errors = (parsed.error?.issues ?? []).map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new FigtreeError('REQUEST_INVALID', errors.map(({ path, message }) => `${path} ${message}`).join('; '), {
    errors,
  });
}
