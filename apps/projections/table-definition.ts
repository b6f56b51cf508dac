import type { OpenTableProjection } from '../../consumers/tables/open-projection.ts';
import type { RegisteredTables } from '../../projections/tables/registered-tables.ts';
import { defineProjection, type ProjectionDefinition } from './definition.ts';

/** A projection of tables for both engines. */
export function tableDefinition(registered: RegisteredTables): ProjectionDefinition {
  const { name, version, summary, queries } = registered;
  let opening: Promise<OpenTableProjection> | undefined;
  const opened = () => (opening ??= open(registered));
  return defineProjection({
    name,
    summary,
    tables: registered,
    embedded: {
      version,
      sharesThread: true,
      load: async () => (await import('../embedded/tables/projection.ts')).embeddedTables(await opened(), version),
    },
    // Without queries there are no answers.
    ...(queries.length > 0 && {
      parity: async () => (await import('../parity/tables.ts')).tableParity(await opened()),
    }),
    aws: { load: async () => (await import('../aws/projections/tables.ts')).awsTables(await opened()) },
    api: {
      questions: queries,
      answers: async () => (await import('../server/answers/tables.ts')).tableAnswers(await opened()),
      routes: async () => (await import('../server/routes/table-routes.ts')).tableRoutes(await opened()),
    },
  });
}

async function open(registered: RegisteredTables): Promise<OpenTableProjection> {
  return await (await import('../../consumers/tables/open-projection.ts')).openRegisteredTables(registered);
}
