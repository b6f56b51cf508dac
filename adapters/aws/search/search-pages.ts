import type { Page } from '../../../ports/page.ts';
import { countFitting, type Measured } from '../../shared/page-fitting.ts';

/** Builds a page from up to one item more than it holds. With `measured` the page may hold fewer. */
export function pageOf<Hit, Item, Cursor>(
  found: readonly Hit[],
  limit: number,
  of: {
    readonly item: (hit: Hit) => Item;
    readonly cursor: (hit: Hit) => Cursor;
    readonly measured?: Measured<Item>;
  },
): Page<Item, Cursor> {
  const all = found.slice(0, limit).map(of.item);
  const count = of.measured === undefined ? all.length : countFitting(all, limit, of.measured);
  const items = all.slice(0, count);
  const last = found[count - 1];
  return found.length <= count || last === undefined ? { items } : { items, next: of.cursor(last) };
}
