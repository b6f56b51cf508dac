import type { Page } from '../../ports/page.ts';
import type { KeyValue, RowPlace, RowQuery } from '../../ports/row-store.ts';
import type { KeyOf, RowOf, Tables } from './define-table.ts';

/** A table for a handler. What the handler changes is stored when it has ended, all of it or nothing. */
export interface HandlerTable<RowType, Key> {
  /** As this handler has left it so far. */
  get(key: Key): Promise<RowType | undefined>;
  /** `change` gets the row, or undefined if there is none, and returns the new one, which may omit the fields of its
   *  key, or undefined to remove it. It is pure, because it may be called again. */
  change(key: Key, change: (row: RowType | undefined) => Changed<RowType, Key> | undefined): void;
  remove(key: Key): void;
  /** Rows of one partition, as they were before this handler; throws TABLE_MISUSED if it has changed the table
   *  already. If one of them changes before this handler has ended, it runs again; but where several writers share the
   *  tables, a row that one of them adds meanwhile is not noticed. */
  list(query: PartitionQuery): Promise<Page<RowType, RowPlace>>;
}

export type Changed<RowType, Key> = Omit<RowType, keyof Key> & Partial<Pick<RowType, keyof Key & keyof RowType>>;

export type PartitionQuery = Omit<RowQuery, 'index' | 'partition'> & { readonly partition: KeyValue };

export type HandlerTables<Of extends Tables> = {
  readonly [Name in keyof Of]: HandlerTable<RowOf<Of[Name]>, KeyOf<Of[Name]>>;
};
