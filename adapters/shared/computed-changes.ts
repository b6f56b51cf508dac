import type { Row, RowChange, RowKey } from '../../ports/row-store.ts';

/** What changes make of rows, before any row is touched: a change may be refused. A row that is changed several times is
 *  changed in this order; `results` has what was decided before. */
export function computedChanges<Held extends { readonly row: Row | undefined }>(
  changes: readonly RowChange[],
  rowAt: (key: RowKey) => Held,
  results = new Map<Held, Row | undefined>(),
): Map<Held, Row | undefined> {
  for (const { key, change } of changes) {
    const held = rowAt(key);
    results.set(held, change(results.has(held) ? results.get(held) : held.row));
  }
  return results;
}
