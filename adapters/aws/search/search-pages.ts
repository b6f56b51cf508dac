import type { Page } from '../../../ports/page.ts';

/** Of one more than the page holds, if there is one more. */
export function pageOf<Hit, Item, Cursor>(
  found: readonly Hit[],
  limit: number,
  of: { readonly item: (hit: Hit) => Item; readonly cursor: (hit: Hit) => Cursor },
): Page<Item, Cursor> {
  const items = found.slice(0, limit).map(of.item);
  const last = found[limit - 1];
  return found.length <= limit || last === undefined ? { items } : { items, next: of.cursor(last) };
}
