import * as z from 'zod';
import { FigtreeError } from '../../events/errors.ts';
import { SEQUENCE_PATTERN } from '../../events/sequence.ts';
import type { Page } from '../../ports/page.ts';

/** The place where a list continues, as clients see it: base64url of a JSON array that begins with the kind of list, so
 *  that a cursor of another list is recognised. Opaque to clients. */
export interface CursorCodec<Cursor> {
  encode(cursor: Cursor): string;
  /** Throws CURSOR_INVALID for anything that `encode` did not return. */
  decode(text: string): Cursor;
}

export function cursorCodec<Shape extends z.ZodRawShape>(
  kind: string,
  shape: Shape,
): CursorCodec<z.output<z.ZodObject<Shape>>> {
  const fields = Object.keys(shape);
  const schema = z.object(shape);
  return {
    encode(cursor) {
      const values = fields.map((field) => (cursor as Record<string, unknown>)[field]);
      return Buffer.from(JSON.stringify([kind, ...values])).toString('base64url');
    },
    decode(text) {
      const [found, ...values] = arrayIn(text);
      const parsed = schema.safeParse(Object.fromEntries(fields.map((field, index) => [field, values[index]])));
      if (found !== kind || values.length !== fields.length || !parsed.success) {
        throw new FigtreeError('CURSOR_INVALID', 'The cursor was not issued by this list');
      }
      return parsed.data;
    },
  };
}

function arrayIn(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

const sequence = z.string().regex(SEQUENCE_PATTERN);
const id = z.string().regex(/^[0-9a-f]{24}$/);
const count = z.int().min(0);

export const cursors = {
  feed: cursorCodec('feed', { sequence, yublId: id, shown: count }),
  yubls: cursorCodec('yubls', { sequence, yublId: id }),
  followers: cursorCodec('followers', { sequence, userId: id }),
  following: cursorCodec('following', { sequence, userId: id }),
  userSearch: cursorCodec('search-users', { token: z.string(), userId: id }),
  yublSearch: cursorCodec('search-yubls', { sequence, yublId: id }),
  events: cursorCodec('events', { position: count }),
  quarantine: cursorCodec('quarantine', { id: count }),
} as const;

export function pageDocument<Item, Cursor>(
  { items, next }: Page<Item, Cursor>,
  codec: CursorCodec<Cursor>,
): { items: Item[]; next: string | null } {
  return { items, next: next === undefined ? null : codec.encode(next) };
}
