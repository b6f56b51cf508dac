import type { DescribedTables, ForgetRow, RowStore } from '../../ports/row-store.ts';
import { type OpenTable, openTables } from '../../projections/tables/open-tables.ts';
import { openQueries, type Query } from '../../projections/tables/queries.ts';
import type { Tables } from '../../projections/tables/define-table.ts';
import type { TableProjection } from '../../projections/tables/table-projection.ts';
import type { Consumer } from '../runtime/consumer.ts';
import { forgetting } from './event-work.ts';
import { tableConsumer } from './table-consumer.ts';

/** A projection of tables that was found sound. */
export interface OpenTableProjection {
  readonly name: string;
  readonly tables: readonly OpenTable[];
  /** The same tables for an engine. */
  readonly described: DescribedTables;
  readonly forget: ForgetRow;
  readonly queries: ReadonlyMap<string, Query>;
  /** The consumer that keeps the tables in a store. */
  consumer(store: RowStore): Consumer;
}

/** Throws an Error that names the projection if a table cannot be kept by every engine, or a query cannot be asked. */
export function openTableProjection<const Of extends Tables>(
  name: string,
  declared: TableProjection<Of>,
): OpenTableProjection {
  // Each handler gets the tables that it is declared with.
  const { on, onLeave = {}, ...declaration } = declared as unknown as TableProjection;
  const tables = openTables(name, declaration.tables);
  const described: DescribedTables = {
    projection: name,
    layouts: tables.map(({ layout }) => layout),
    description: tables.flatMap(({ description }) => description),
  };
  return {
    name,
    tables,
    described,
    forget: forgetting(tables, onLeave),
    queries: openQueries(name, declaration.queries),
    consumer: (store) => tableConsumer({ projection: name, tables, on, store }),
  };
}
