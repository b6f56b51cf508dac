import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { auditFeedTable } from '../../adapters/aws/dynamo/feed/audit.ts';
import type { DynamoTable } from '../../adapters/aws/dynamo/dynamo-table.ts';
import type { Item } from '../../adapters/aws/dynamo/item.ts';
import { openDynamoFeedStore } from '../../adapters/aws/dynamo/feed/store.ts';
import { auditRelationshipTable } from '../../adapters/aws/dynamo/relationships/audit.ts';
import { openDynamoRelationshipStore } from '../../adapters/aws/dynamo/relationships/store.ts';
import type { TableAudit } from '../../adapters/aws/dynamo/table-audit.ts';
import { auditSearchTable, type Findable } from '../../adapters/aws/search/audit.ts';
import { openDynamoSearchIndex } from '../../adapters/aws/search/dynamo-search-index.ts';
import { openSqliteEventLogReader } from '../../adapters/embedded/log/event-log-reader.ts';
import { addToFeed } from '../../consumers/add-to-feed.ts';
import { distributeYubl } from '../../consumers/distribute-yubl.ts';
import { indexSearch } from '../../consumers/index-search.ts';
import { maintainFeed } from '../../consumers/maintain-feed.ts';
import { handleAlone } from '../../testing/consumers/handle-alone.ts';
import type { Consumer } from '../../consumers/runtime/consumer.ts';
import { untracedFanOut } from '../../consumers/runtime/in-transaction-fan-out.ts';
import { trackRelationships } from '../../consumers/track-relationships.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { arrivals, histories } from '../../ports/contracts/histories.ts';
import { handleKeys } from '../../ports/contracts/projection-under-test.ts';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import { openStorm, retryUntilSuccess } from '../../testing/aws/storm.ts';
import { openTableInMemory } from '../../testing/aws/table-in-memory.ts';
import { handleAll } from '../../testing/aws-engine/projection-contract.ts';
import { randomLog } from '../../testing/engine/replayed-consumers.ts';
import { seededRandom } from '../seeded-random.ts';

// Tables of random histories are sound in the eyes of their audits, and none is once an item is lost or wrong.

const EVENTS = 300;
const folder = mkdtempSync(join(tmpdir(), 'figtree-audits-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function historyOf(seed: number): Promise<readonly RecordedEvent[]> {
  const log = openSqliteEventLogReader(await randomLog(join(folder, String(seed)), { seed, events: EVENTS }));
  const { events } = await log.read({ after: 0, limit: EVENTS });
  await log.close();
  return events;
}

interface Audited {
  /** `engine`: what a search engine does when it is notified. */
  readonly consumers: (table: DynamoTable, engine?: () => Promise<void>) => readonly Consumer[];
  readonly audit: (table: DynamoTable) => Promise<TableAudit>;
  readonly damages: readonly Damage[];
}

/** What is done to a table, to the first of these items, and what the audit says then. */
interface Damage {
  readonly what: string;
  readonly isMeant: (item: Item, all: readonly Item[]) => boolean;
  readonly change: (item: Item) => Item | undefined;
  readonly says: RegExp;
}

function damage(what: string, isMeant: Damage['isMeant'], says: RegExp): Damage {
  return { what, isMeant, says, change: () => undefined };
}

const CELEBRITY = { celebrityFollowers: 1000, batchSizeMax: 250 };

const audited: Readonly<Record<string, Audited>> = {
  relationships: {
    consumers: (table) => [trackRelationships(openDynamoRelationshipStore(table))],
    audit: (table) => auditRelationshipTable(table),
    damages: [
      damage('an edge is lost', ({ sk, follows }) => sk.startsWith('E#') && isFilled(follows), /other follows than/),
      damage('a followed user is lost', ({ sk }) => sk.startsWith('F#'), /other follows than/),
      damage('a follower is lost', ({ pk, sk }) => pk.startsWith('U#') && sk.startsWith('R#'), /other follows than/),
      {
        ...damage('a follow began at another time', ({ sk }) => sk.startsWith('F#'), /other follows than/),
        change: (item) => ({ ...item, since: 'never' }),
      },
      {
        ...damage('a count is one too high', ({ followers = 0 }) => Number(followers) > 0, /counts of followers/),
        change: (item) => ({ ...item, followers: Number(item['followers']) + 1 }),
      },
      damage('counts are lost', ({ following = 0 }) => Number(following) > 0, /counts of followers/),
      {
        ...damage('a removal has not finished', ({ sk }) => sk === '@profile', /not finished/),
        change: ({ pk }) => ({ pk: 'LEAVING#0', sk: pk }),
      },
    ],
  },
  'relationships with all followers listed apart': {
    consumers: (table) => [trackRelationships(openDynamoRelationshipStore(table, { apartFrom: 0 }))],
    audit: (table) => auditRelationshipTable(table),
    damages: [damage('a follower is lost', ({ pk }) => pk.startsWith('R#'), /other follows than/)],
  },
  feed: {
    consumers(table) {
      const store = openDynamoFeedStore(table);
      return [maintainFeed(store), distributeYubl(store, untracedFanOut(addToFeed(store)), CELEBRITY)];
    },
    audit: (table) => auditFeedTable(table, { seed: 'any' }),
    damages: [
      damage('a copy is lost', ({ pk }) => pk.startsWith('F#'), /differ from their copies.*without a copy/),
      {
        ...damage(
          'a copy is of another time',
          ({ pk }) => pk.startsWith('F#'),
          /differ from their copies.*each, but not/,
        ),
        change: (item) => ({ ...item, s: '0' }),
      },
      damage('a yubl is lost', ({ pk }) => pk.startsWith('T#'), /counts of yubls differ.*found and not shown/),
      damage(
        'a yubl cannot be found',
        ({ pk }, all) =>
          pk.startsWith('Y#') && all.some((one) => one.pk.startsWith('T#') && one.sk.endsWith(pk.slice(2))),
        /cannot be found/,
      ),
      {
        ...damage('a count of yubls is wrong', ({ yubls = 0 }) => Number(yubls) > 0, /counts of yubls/),
        change: (item) => ({ ...item, yubls: 77 }),
      },
      {
        ...damage(
          'yubls are counted of a user who left',
          ({ sk, gone }) => gone === true && sk === '@',
          /counts of yubls/,
        ),
        change: (item) => ({ ...item, gone: false, yubls: 1 }),
      },
    ],
  },
  search: {
    consumers: (table, engine = async () => {}) => [indexSearch(openDynamoSearchIndex(table, engine))],
    audit: (table) => auditSearchTable(table, { seed: 'any' }),
    damages: [
      damage('a yubl is lost', ({ pk, gone }) => pk.startsWith('Y#') && gone !== true, /differ from all yubls/),
      damage('an author lacks one', ({ pk, sk }) => pk.startsWith('U#') && sk.startsWith('Y#'), /differ from all/),
    ],
  },
};

const isFilled = (list: unknown) => Array.isArray(list) && list.length > 0;

async function itemsOf(table: DynamoTable): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of table.scan({ expression: 'attribute_exists(pk)' })) items.push(...page);
  return items;
}

function tableInMemory(): DynamoTable {
  return openTableInMemory({ before: async () => {}, after: async () => {}, answerIsLost: () => false });
}

async function tableOf(items: readonly Item[]): Promise<DynamoTable> {
  const table = tableInMemory();
  for (const item of items) await table.put(item);
  return table;
}

describe.each(Object.entries(audited))('the audit of %s', (_, { consumers, audit, damages }) => {
  const written = new Map<number, Promise<Item[]>>();
  async function write(seed: number): Promise<Item[]> {
    const table = tableInMemory();
    await handleAll(consumers(table), await historyOf(seed));
    return itemsOf(table);
  }
  /** What a table holds after a history. */
  function itemsAfter(seed: number): Promise<Item[]> {
    const known = written.get(seed) ?? write(seed);
    written.set(seed, known);
    return known;
  }

  test('finds nothing wrong after a stormy history, and digests it whatever order items have', async () => {
    const cases = histories.chain((events) => fc.record({ events: arrivals(events), seed: fc.nat() }));
    await fc.assert(
      fc.asyncProperty(cases, async ({ events, seed }) => {
        const random = seededRandom(seed);
        const storm = openStorm({ random, cutRate: 0.08, lostRate: 0.1 });
        const table = openTableInMemory(storm.weather);
        const handles = consumers(table, storm.weather.before).map(handleAlone);
        const handle = async (event: RecordedEvent) => {
          for (const each of handles) await each(event);
        };
        await handleKeys(events, (event) => retryUntilSuccess(() => handle(event)));
        storm.clear();
        const found = await audit(table);
        expect(found.broken).toEqual([]);
        const items = await itemsOf(table);
        expect(await audit(await tableOf(items.toReversed()))).toEqual(found);
      }),
      { numRuns: randomRuns(60) },
    );
  });

  test.each(damages)('notes that $what', async ({ isMeant, change, says }) => {
    let damaged = 0;
    for (let seed = 1; damaged === 0 && seed <= 20; seed += 1) {
      const items = await itemsAfter(seed);
      const meant = items.find((item) => isMeant(item, items));
      if (meant === undefined) continue;
      const changed = change(meant);
      const left = items.filter((item) => item !== meant);
      const table = await tableOf(changed === undefined ? left : [...left, changed]);
      expect((await audit(table)).broken.join('; ')).toMatch(says);
      damaged += 1;
    }
    expect(damaged).toBe(1);
  });
});

test('the audit of a feed notes a yubl that is missing in the feed of a follower', async () => {
  const table = tableInMemory();
  const ids = [1, 2, 3].map((number) => number.toString(16).padStart(24, '0')) as [string, string, string];
  const [follower, author, yublId] = ids;
  const store = openDynamoFeedStore(table);
  await store.changeEdge({ followerId: follower, followeeId: author }, () => ({
    followerId: follower,
    followeeId: author,
    follows: [{ sequence: '00000000000000000001', followedAt: '' }],
  }));
  const at = { sequence: '00000000000000000002', postedAt: '2016-02-22T07:02:00.000Z' };
  await store.addYubl({ yublId, authorId: author, text: 'a fig', ...at });
  expect((await auditFeedTable(table, { seed: 'any' })).broken).toEqual([
    `feeds that lack yubls: 1 of 1 looked up, for instance ${follower}`,
  ]);
});

test('the audit of a feed bears a few copies without their follow, and notes many', async () => {
  const copies = Array.from({ length: 4 }, (_, number) => ({ pk: 'F#author', sk: `follower ${number}`, s: '1', v: 1 }));
  const brokenWith = async (items: readonly Item[]) =>
    (await auditFeedTable(await tableOf(items), { seed: 'any' })).broken.join('; ');
  expect(await brokenWith(copies.slice(1))).toBe('');
  expect(await brokenWith(copies)).toContain('differ from their copies for the fan-out (0 and 4)');
});

test('the audit of a search asks the engine for what is in the table', async () => {
  const table = tableInMemory();
  const index = openDynamoSearchIndex(table, async () => {});
  await index.addYubl(
    { yublId: 'y', authorId: 'a', text: 'a fig', postedAt: '2016-02-22T07:02:00.000Z', sequence: '1' },
    'a fig',
  );
  const names = { userName: { value: 'ada', sequence: '1' }, names: ['ada'] };
  await index.changeUser('a', () => ({ userId: 'a', ...names }));
  const asked: Findable[] = [];
  const { broken, counts } = await auditSearchTable(table, {
    seed: 'any',
    async isFound(wanted) {
      asked.push(wanted);
      return wanted.kind === 'user';
    },
  });
  expect(asked.toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
    { kind: 'user', id: 'a', text: 'ada' },
    { kind: 'yubl', id: 'y', text: 'a fig' },
  ]);
  expect(broken).toEqual([
    'documents that the search engine does not find: 1 of 2 looked up, for instance {"kind":"yubl","id":"y"}',
  ]);
  expect(counts).toEqual({ users: 1, yubls: 1 });
});
