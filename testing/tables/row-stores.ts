import { openDynamoRowStore } from '../../adapters/aws/dynamo/rows/store.ts';
import { createRowBuild } from '../../adapters/embedded/tables/build.ts';
import type { OpenTableProjection } from '../../consumers/tables/open-projection.ts';
import type { RowStore } from '../../ports/row-store.ts';
import { openTableInMemory } from '../aws/table-in-memory.ts';

/** Opens an empty store of each engine, by its name. */
export const rowStores: Readonly<Record<string, (projection: OpenTableProjection) => RowStore>> = {
  SQLite: ({ described, forget }) => createRowBuild(described, 1, forget).rows,
  DynamoDB: ({ described, forget }) => {
    const table = openTableInMemory({ before: async () => {}, after: async () => {}, answerIsLost: () => false });
    return openDynamoRowStore(table, described, forget);
  },
};
