import * as z from 'zod';
import type { Page } from '../../ports/page.ts';
import type { RowPlace } from '../../ports/row-store.ts';
import type { Query } from '../../projections/tables/queries.ts';
import { type CursorCodec, cursorCodec, pageDocument } from './cursor.ts';

const place = z.array(z.union([z.string(), z.number()]));

/** The cursors of one query. */
export function placeCursor(projection: string, query: string): CursorCodec<RowPlace> {
  const codec = cursorCodec(`${projection}.${query}`, { place });
  return { encode: (after) => codec.encode({ place: [...after] }), decode: (text) => codec.decode(text).place };
}

/** What a query has found, as its declaration says that clients see it: fields that this does not name are left out. */
export function answered({ answer, isList }: Query, found: object, cursor: CursorCodec<RowPlace>): object {
  if (!isList) return answer.parse(found);
  const { items, ...rest } = found as Page<object, RowPlace>;
  return pageDocument({ items: items.map((item) => answer.parse(item)), ...rest }, cursor);
}
