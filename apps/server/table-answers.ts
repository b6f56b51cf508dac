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

/** Turns what a query has found into what clients see, as its declaration says: fields that this does not name are left out. */
export function answering({ answer, isList }: Query, cursor: CursorCodec<RowPlace>): (found: object) => object {
  const shape = z.compile(answer);
  if (!isList) return (found) => shape.parse(found);
  return (found) => {
    const { items, ...rest } = found as Page<object, RowPlace>;
    return pageDocument({ items: items.map((item) => shape.parse(item)), ...rest }, cursor);
  };
}
