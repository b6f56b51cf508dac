import * as fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDynamoRowReader } from '../../adapters/aws/dynamo/rows/reader.ts';
import { openDynamoRowStore } from '../../adapters/aws/dynamo/rows/store.ts';
import { createRowBuild } from '../../adapters/embedded/tables/build.ts';
import { openSqliteRowReader } from '../../adapters/embedded/tables/reader.ts';
import { seededRandom } from '../../apps/seeded-random.ts';
import type { OpenTableProjection } from '../../consumers/tables/open-projection.ts';
import { defined } from '../../events/defined.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import type { Page } from '../../ports/page.ts';
import type { RowPlace, RowReader } from '../../ports/row-store.ts';
import { type TableReader, tableReader } from '../../projections/tables/queries.ts';
import { openStorm, retryUntilSuccess } from '../aws/storm.ts';
import { openTableInMemory } from '../aws/table-in-memory.ts';
import { handleAlone } from '../consumers/handle-alone.ts';

/** What clients get: all items of a list, page by page, or the one answer, or undefined if there is none. Throws an Error
 *  if the projection has no such query or its input is refused. */
export type Ask = (query: string, input: object) => Promise<object | undefined>;

export type Check = (ask: Ask, events: readonly RecordedEvent[]) => Promise<void>;

/** Ways to apply a history and to check the answers afterwards, by the name of the engine. */
export const engines: Readonly<
  Record<string, (projection: OpenTableProjection, histories: Histories, check: Check) => Promise<void>>
> = {
  SQLite: checkSqlite,
  'DynamoDB, whose requests are cut off and repeated': checkDynamo,
};

type Histories = fc.Arbitrary<readonly RecordedEvent[]>;

const PAGE = 3;

async function checkSqlite(projection: OpenTableProjection, histories: Histories, check: Check): Promise<void> {
  const { described, forget } = projection;
  const folder = mkdtempSync(join(tmpdir(), 'figtree-histories-'));
  let files = 0;
  const property = fc.asyncProperty(histories, async (events) => {
    const path = join(folder, `${(files += 1)}.db`);
    const build = createRowBuild(described, 1, forget);
    const handle = handleAlone(projection.consumer(build.rows));
    for (const event of events) await handle(event);
    build.write(path, events.length);
    const rows = openSqliteRowReader(path, described.layouts);
    await check(asking(projection, rows), events).finally(() => rows.close());
  });
  await fc.assert(property, { numRuns: randomRuns(50) }).finally(() => rmSync(folder, { recursive: true }));
}

/** Two functions get all events, each key in its order. */
async function checkDynamo(projection: OpenTableProjection, histories: Histories, check: Check): Promise<void> {
  const { described, forget } = projection;
  const property = fc.asyncProperty(histories, fc.nat(), async (events, seed) => {
    const storm = openStorm({ random: seededRandom(seed), cutRate: 0.02, lostRate: 0.1 });
    const table = openTableInMemory(storm.weather);
    const keys = [...Map.groupBy(events, ({ partitionkey }) => partitionkey).values()];
    const deliver = async () => {
      const handle = handleAlone(projection.consumer(openDynamoRowStore(table, described, forget)));
      const inOrder = async (ofKey: readonly RecordedEvent[]) => {
        for (const event of ofKey) await retryUntilSuccess(() => handle(event));
      };
      await Promise.all(keys.map(inOrder));
    };
    await Promise.all([deliver(), deliver()]);
    storm.clear();
    await check(asking(projection, openDynamoRowReader(table, described.layouts)), events);
  });
  await fc.assert(property, { numRuns: randomRuns(30) });
}

function asking({ name, queries, tables }: OpenTableProjection, rows: RowReader): Ask {
  const reader: TableReader = tableReader(queries, tables, rows);
  return async (asked, given) => {
    const query = queries.get(asked);
    if (query === undefined) throw new Error(`projection ${name}: it has no query ${asked}`);
    const { input, answer, isList } = query;
    const ask = (after?: RowPlace) => reader.ask(asked, input.parse(given), { limit: PAGE, ...defined({ after }) });
    if (!isList) {
      const found = await ask();
      return found && answer.parse(found);
    }
    const items: object[] = [];
    let after: RowPlace | undefined;
    do {
      const page = (await ask(after)) as Page<object, RowPlace>;
      items.push(...page.items.map((item) => answer.parse(item)));
      after = page.next;
    } while (after !== undefined);
    return items;
  };
}
