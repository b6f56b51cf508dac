import { FigtreeError } from '../../events/errors.ts';
import type { DescribedTables, ForgetRow, RowStore } from '../../ports/row-store.ts';
import { type OpenTable, openTables } from '../../projections/tables/open-tables.ts';
import { openQueries, pathParameters, type Query } from '../../projections/tables/queries.ts';
import type { Tables } from '../../projections/tables/define-table.ts';
import type { RegisteredTables } from '../../projections/tables/registered-tables.ts';
import type { TableProjection } from '../../projections/tables/table-projection.ts';
import type { ParseSettings } from '../../projections/tables/effects.ts';
import type { Consumer } from '../runtime/consumer.ts';
import { effectConsumer } from './effect-consumer.ts';
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
  /** The table whose partitions are the keys of its queries, as far as one is. */
  readonly keyTable: OpenTable;
  /** The consumer that keeps the tables in a store. */
  consumer(store: RowStore): Consumer;
  /** All consumers, in the order in which they handle an event: those that leave the system as well. `parse` returns
   *  the settings of effects, or throws. */
  consumers(store: RowStore, parse: ParseSettings): readonly Consumer[];
}

/** The same for one of the registry, which is loaded. Rejects with DECLARATION_INVALID as well if its queries are others than listed. */
export async function openRegisteredTables({ name, queries, load }: RegisteredTables): Promise<OpenTableProjection> {
  const projection = openTableProjection(name, await load());
  const declared = [...projection.queries.keys()];
  if (declared.toSorted().join() === queries.toSorted().join()) return projection;
  throw new FigtreeError(
    'DECLARATION_INVALID',
    `projection ${name}: it is registered with the queries ${queries.join(', ')} and has ${declared.join(', ')}`,
  );
}

/** Throws DECLARATION_INVALID, which names the projection, if a table cannot be kept by every engine, or a query cannot be asked. */
export function openTableProjection<const Of extends Tables>(
  name: string,
  declared: TableProjection<Of>,
): OpenTableProjection {
  // Each handler gets the tables that it is declared with.
  const { on, onLeave = {}, effects, ...declaration } = declared as unknown as TableProjection;
  const tables = openTables(name, declaration.tables);
  const described: DescribedTables = {
    projection: name,
    layouts: tables.map(({ layout }) => layout),
    description: tables.flatMap(({ description }) => description),
  };
  const queries = openQueries(name, declaration.queries);
  const consumer = (store: RowStore) => tableConsumer({ projection: name, tables, on, store });
  return {
    name,
    tables,
    described,
    forget: forgetting(tables, onLeave),
    queries,
    keyTable: keyTableOf(tables, queries),
    consumer,
    consumers(store, parse) {
      if (effects === undefined) return [consumer(store)];
      const { settings, open } = effects((one) => one);
      return [effectConsumer({ projection: name, tables, effects: open(parse(settings)), on, store }), consumer(store)];
    },
  };
}

function keyTableOf(tables: readonly OpenTable[], queries: ReadonlyMap<string, Query>): OpenTable {
  const asked = [...queries.values()].map(({ path }) => pathParameters(path).join());
  const found = tables.find(({ layout }) => asked.includes(layout.partition)) ?? tables[0];
  if (found === undefined) throw new Error('a projection has tables');
  return found;
}
