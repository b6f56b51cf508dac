import type { OpenTableProjection } from '../../consumers/tables/open-projection.ts';
import type { Tables } from '../../projections/tables/define-table.ts';
import type { TableProjection } from '../../projections/tables/table-projection.ts';
import { defineProjection, type ProjectionDefinition } from './definition.ts';

/** A projection that is nothing but tables, handlers and queries. Everything else follows from these. */
export interface TableProjectionEntry<Of extends Tables> {
  /** As of any projection: begins with a lower-case letter, followed by such letters and digits. */
  readonly name: string;
  /** Raised with every change of the tables, and of the handlers if past events shall have the new effect, too. */
  readonly version: number;
  readonly summary: string;
  /** The names of its queries. */
  readonly queries: readonly string[];
  /** Its tables, handlers and queries, loaded where they are needed. */
  load(): Promise<TableProjection<Of>>;
}

/** Registers a projection of tables for both engines. What it loads throws an Error that names it if both engines
 *  cannot keep it. */
export function tableProjection<Of extends Tables>(entry: TableProjectionEntry<Of>): ProjectionDefinition {
  const { name, version, summary, queries } = entry;
  let opening: Promise<OpenTableProjection> | undefined;
  const opened = () => (opening ??= open(entry));
  return defineProjection({
    name,
    summary,
    embedded: {
      version,
      load: async () => (await import('../embedded/tables/projection.ts')).embeddedTables(await opened(), version),
    },
    aws: { load: async () => (await import('../aws/projections/tables.ts')).awsTables(await opened()) },
    api: {
      questions: queries,
      answers: async () => (await import('../server/answers/tables.ts')).tableAnswers(await opened()),
      routes: async () => (await import('../server/routes/table-routes.ts')).tableRoutes(await opened()),
    },
  });
}

async function open<Of extends Tables>({
  name,
  queries,
  load,
}: TableProjectionEntry<Of>): Promise<OpenTableProjection> {
  const { openTableProjection } = await import('../../consumers/tables/open-projection.ts');
  const projection = openTableProjection(name, await load());
  const declared = [...projection.queries.keys()];
  if (declared.toSorted().join() === queries.toSorted().join()) return projection;
  throw new Error(`projection ${name}: it is registered with the queries ${queries.join()} and has ${declared.join()}`);
}
