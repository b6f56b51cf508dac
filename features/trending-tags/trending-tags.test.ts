import * as fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDynamoRowReader } from '../../adapters/aws/dynamo/rows/reader.ts';
import { openDynamoRowStore } from '../../adapters/aws/dynamo/rows/store.ts';
import { createRowBuild } from '../../adapters/embedded/tables/build.ts';
import { openSqliteRowReader } from '../../adapters/embedded/tables/reader.ts';
import { seededRandom } from '../../apps/seeded-random.ts';
import { openTableProjection } from '../../consumers/tables/open-projection.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import { keyOrders } from '../../ports/contracts/row-store.contract.ts';
import type { RowPlace, RowReader } from '../../ports/row-store.ts';
import { tableReader } from '../../projections/tables/queries.ts';
import { openStorm, retryUntilSuccess } from '../../testing/aws/storm.ts';
import { openTableInMemory } from '../../testing/aws/table-in-memory.ts';
import { handleAlone } from '../../testing/consumers/handle-alone.ts';
import { happening, scenario } from '../../testing/tables/scenario.ts';
import { tagsIn } from './tags.ts';
import { trendingTags } from './tables.ts';
import { trendingModel } from './trending-tags.model.ts';

const projection = openTableProjection('trendingtags', trendingTags);
const { described, forget, tables, queries } = projection;
let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'figtree-trending-'))));
afterAll(() => rmSync(folder, { recursive: true }));

describe('hashtags', () => {
  it.each([
    ['#One #two, (#three)', ['one', 'two', 'three']],
    ['#a#b a#c &#39; http://x/#y', ['a']],
    ['#1 #_ # ## #1a', ['1a']],
    ['#Tréé #東京 #ភាសា #tree #TREE', ['tréé', '東京', 'ភាសា', 'tree']],
    [`#${'x'.repeat(65)} #${'y'.repeat(64)}`, ['y'.repeat(64)]],
  ])('in %s', (text, tags) => {
    expect(tagsIn(text)).toEqual(tags);
  });
});

describe('the tags of a day', () => {
  const trending = scenario('trendingtags', trendingTags);
  const ids = { yublId: 'b'.repeat(24), authorId: 'a'.repeat(24) };
  const posted = happening('yubl-posted', {
    ...ids,
    text: '#Spring in #London',
    postedAt: '2016-02-22T23:30:00-01:00',
  });
  const another = happening('yubl-posted', {
    ...ids,
    yublId: 'c'.repeat(24),
    text: '#spring',
    postedAt: '2016-02-23T00:00:00Z',
  });
  const day = '2016-02-23';

  it('count yubls', () =>
    trending
      .given(posted)
      .when(another)
      .thenRows({
        tags: [
          { day, tag: 'spring', yubls: 2 },
          { day, tag: 'london', yubls: 1 },
        ],
      }));

  it('do not count deleted ones', () =>
    trending
      .given(posted, another)
      .when(happening('yubl-deleted', { yublId: ids.yublId }))
      .thenRows({ tags: [{ day, tag: 'spring', yubls: 1 }] }));

  it('do not count those of users who left', () =>
    trending
      .given(posted, another)
      .when(happening('user-left', { userId: ids.authorId }))
      .thenRows({ tags: [], yubls: [] }));
});

/** The same history with `#` before its words, over a few days. */
const tagged = keyOrders.map((events) =>
  events.map((event, index) => {
    if (event.type !== 'yubl-posted') return event;
    const postedAt = `2016-02-${20 + (index % 3)}T23:30:00.000${index % 2 === 0 ? 'Z' : '-01:00'}`;
    return { ...event, data: { ...event.data, postedAt, text: event.data.text.replaceAll(/(^| )/g, '$1#') } };
  }),
);

async function expectTrending(rows: RowReader, events: readonly RecordedEvent[]): Promise<void> {
  const reader = tableReader(queries, tables, rows);
  const expected = trendingModel(events);
  for (const day of ['2016-02-20', '2016-02-21', '2016-02-22', '2016-02-23', '2016-02-24']) {
    const items: unknown[] = [];
    let after: RowPlace | undefined;
    do {
      const asked = { limit: 4, ...(after !== undefined && { after }) };
      const page = (await reader.ask('trending', { day }, asked)) as { items: object[]; next?: RowPlace };
      items.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    expect(items).toEqual((expected.get(day) ?? []).map((each) => ({ day, ...each })));
  }
}

describe('trending tags', () => {
  it('are those of the model in SQLite', async () => {
    let files = 0;
    await fc.assert(
      fc.asyncProperty(tagged, async (events) => {
        const path = join(folder, `${(files += 1)}.db`);
        const build = createRowBuild(described, 1, forget);
        const handle = handleAlone(projection.consumer(build.rows));
        for (const event of events) await handle(event);
        build.write(path, events.length);
        const rows = openSqliteRowReader(path, described.layouts);
        await expectTrending(rows, events).finally(() => rows.close());
      }),
      { numRuns: randomRuns(50) },
    );
  });

  it('are those of the model in DynamoDB, whose requests are cut off and repeated', async () => {
    await fc.assert(
      fc.asyncProperty(tagged, fc.nat(), async (events, seed) => {
        const storm = openStorm({ random: seededRandom(seed), cutRate: 0.02, lostRate: 0.1 });
        const table = openTableInMemory(storm.weather);
        const keys = [...Map.groupBy(events, ({ partitionkey }) => partitionkey).values()];
        const deliver = async () => {
          const handle = handleAlone(projection.consumer(openDynamoRowStore(table, described, forget)));
          await Promise.all(
            keys.map(async (ofKey) => {
              for (const event of ofKey) await retryUntilSuccess(() => handle(event));
            }),
          );
        };
        await Promise.all([deliver(), deliver()]);
        storm.clear();
        await expectTrending(openDynamoRowReader(table, described.layouts), events);
      }),
      { numRuns: randomRuns(30) },
    );
  });
});
