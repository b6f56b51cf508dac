import { defined } from '../../../events/defined.ts';
import { isCovered, markWith } from '../../../events/event-mark.ts';
import { computedChanges } from '../../shared/computed-changes.ts';
import type { Column, FoundRow, Row, RowChanges, RowKey, RowsStored } from '../../../ports/row-store.ts';

/** A row in memory, as the events so far have left it. */
export interface HeldRow {
  readonly key: RowKey;
  row: Row | undefined;
  /** Undefined in tables that many keys change. */
  mark: string | undefined;
}

export interface HeldRows<Held extends HeldRow> {
  hold(key: RowKey): Held;
  /** Whether one key changes the rows of this table. */
  isMarked(table: string): boolean;
  changed(row: Held): void;
}

/** Changes rows in memory, all of them or none. */
export function changeHeldRows<Held extends HeldRow>(
  { event, changes }: RowChanges,
  { hold, isMarked, changed }: HeldRows<Held>,
): RowsStored {
  const covered = changes.some(({ key }) => isMarked(key.table) && isCovered(event, hold(key).mark));
  if (covered) return 'superseded';
  for (const [held, after] of computedChanges(changes, hold)) {
    // The mark also records that an event left a row as it was: another time it might not.
    const marked = isMarked(held.key.table);
    if (after === held.row && !marked) continue;
    held.row = after;
    if (marked) held.mark = markWith(held.mark, event);
    changed(held);
  }
  return 'stored';
}

/** Removes a row because its user has left, whatever changed it before. Its mark stays. */
export function removeHeldRow<Held extends HeldRow>(key: RowKey, { hold, changed }: HeldRows<Held>): void {
  const held = hold(key);
  held.row = undefined;
  changed(held);
}

export function foundIn({ row, mark }: HeldRow): FoundRow {
  return defined({ row, mark });
}

/** A text for each key of one table. */
export function keyText({ partition, sort }: RowKey): string {
  return `${typeof partition}${partition}\0${sort}`;
}

/** About what a row's texts and JSON take in memory: nothing else can be large. */
export function measuring(columns: readonly Column[]): (row: Row | undefined) => number {
  const large = columns.filter(({ kind }) => kind === 'text' || kind === 'json').map(({ name }) => name);
  return (row) => {
    if (row === undefined) return 0;
    let bytes = 0;
    for (const name of large) bytes += bytesIn(row[name]);
    return bytes;
  };
}

function bytesIn(value: unknown): number {
  if (typeof value === 'string') return 24 + 2 * value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 32;
  for (const field in value) bytes += 8 + bytesIn((value as Row)[field]);
  return bytes;
}
