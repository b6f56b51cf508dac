import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { catalog } from '../../../events/catalog.ts';
import type { StreamedEvent } from '../../../ports/stream-parking.ts';
import { foldWords } from '../../../projections/search/folded-text.ts';
import { openDynamoSearchIndex } from '../search/dynamo-search-index.ts';
import type { SearchDocument } from '../search/search-documents.ts';
import { bytesOfAttributes, toAttributes } from '../../../testing/aws/attribute-values.ts';
import { openTroubledDynamo, type TroubledDynamo } from '../../../testing/aws/troubled-dynamo.ts';
import { openDynamoClient } from './client.ts';
import { openDynamoFeedReader } from './feed/reader.ts';
import { openDynamoFeedStore } from './feed/store.ts';
import { openDynamoLegacyMemory } from './legacy-memory.ts';
import { openDynamoQuarantine } from './quarantine/quarantine.ts';
import { openDynamoRelationshipReader } from './relationships/reader.ts';
import { openDynamoStreamParking } from './parking/stream-parking.ts';
import { openDynamoTable } from './table.ts';
import type { Item } from './item.ts';
import { canBeKey, ITEM_BYTES_MAX, itemBytes } from './item-bytes.ts';
import type { DynamoTable } from './dynamo-table.ts';

test('an item counts as DynamoDB says, or a little more for its numbers', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array(),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.string({ unit: 'binary' }), tie('any'), { maxKeys: 3 }),
    ),
  })).any;
  const item = fc.dictionary(fc.string({ unit: 'binary', minLength: 1 }), value, { maxKeys: 6 });
  const numbersIn = (any: unknown): number =>
    typeof any === 'number'
      ? 1
      : typeof any === 'object' && any !== null && !(any instanceof Uint8Array)
        ? Object.values(any).reduce<number>((sum, each) => sum + numbersIn(each), 0)
        : 0;
  fc.assert(
    fc.property(item, (fields) => {
      const counted = itemBytes(fields as Item);
      const exact = bytesOfAttributes(toAttributes(fields));
      expect(counted).toBeGreaterThanOrEqual(exact);
      expect(counted).toBeLessThanOrEqual(exact + 20 * numbersIn(fields));
    }),
  );
});

test('a key has 1 to 2,048 bytes and 1 to 1,024 bytes', () => {
  const is = (pk: string, sk: string) => canBeKey({ pk, sk });
  expect([is('p', 's'), is('', 's'), is('p', '')]).toEqual([true, false, false]);
  expect([is('p'.repeat(2048), 's'.repeat(1024)), is('p'.repeat(2049), 's'), is('p', 's'.repeat(1025))]).toEqual([
    true,
    false,
    false,
  ]);
  expect([
    is('\u{20000}'.repeat(512), 'é'.repeat(512)),
    is('\u{20000}'.repeat(513), 's'),
    is('p', 'é'.repeat(513)),
  ]).toEqual([true, false, false]);
});

const LONGEST = 65_536;
const AUTHOR = 'a'.repeat(24);
const spread = (from: number, to: number) =>
  Array.from({ length: LONGEST }, (_, place) =>
    place % 12 === 11 ? ' ' : String.fromCodePoint(from + ((place * 7919) % (to - from))),
  ).join('');
const TEXTS: [string, string][] = [
  ['letters of one byte', spread(0x61, 0x7b)],
  ['letters of two bytes', spread(0x430, 0x450)],
  ['letters of three bytes', spread(0x4e00, 0x9fff)],
  ['letters of four bytes', spread(0x20000, 0x2a6df)],
  ['one word of four bytes', '\u{20000}'.repeat(LONGEST)],
  ['signs that fold to eighteen', '\uFDFA'.repeat(LONGEST)],
  ['control characters', '\u0001'.repeat(LONGEST)],
  ['zeros', '\0'.repeat(LONGEST)],
  ['quotes and backslashes', '"\\'.repeat(LONGEST / 2)],
];

describe.each(TEXTS)('the longest yubl, of %s', (_what, text) => {
  let dynamo: TroubledDynamo;
  let table: DynamoTable;
  // The double has one table.
  beforeEach(async () => {
    dynamo = await openTroubledDynamo(() => undefined);
    table = openDynamoTable(openDynamoClient(dynamo.config), 'figtree');
  });
  afterEach(() => dynamo.close());
  const yubl = { yublId: 'b'.repeat(24), authorId: AUTHOR, text, postedAt: '2026-01-01T10:00:00Z' };
  const item = { ...yubl, sequence: '17672616000000000001' };

  test('is taken by the catalog and has room in the feed table', async () => {
    expect(catalog['yubl-posted'].safeParse(yubl).success).toBe(true);
    await openDynamoFeedStore(table).addYubl(item);
    expect(await openDynamoFeedReader(table, { feedLength: 800 }).yubl(yubl.yublId)).toEqual(item);
  });

  test('has room in the search table, with as many of its words as go in', async () => {
    const told: SearchDocument[] = [];
    const words = foldWords(text);
    await openDynamoSearchIndex(table, async (some) => void told.push(...some)).addYubl(item, words);
    if (words === '') {
      expect(told).toEqual([]);
      return;
    }
    const distinct = [...new Set(words.split(' '))];
    const kept = told[0]?.kind === 'yubl' ? told[0].words.split(' ') : [];
    expect(kept).toEqual(distinct.slice(0, kept.length));
    const stored = dynamo.items.get(`Y#${yubl.yublId}\u0000Y`) as Item;
    // One more word would be too much, or there is none.
    const next = distinct[kept.length];
    const withNext = itemBytes(stored) + (next === undefined ? Infinity : Buffer.byteLength(` ${next}`));
    expect(withNext).toBeGreaterThan(ITEM_BYTES_MAX - 1100);
  });

  test('can be parked, and refused', async () => {
    const envelope = { specversion: '1.0', id: 'i', source: 'urn:s', type: 'yubl-posted', data: yubl };
    const event: StreamedEvent = {
      key: yubl.yublId,
      sequenceNumber: '7'.repeat(56),
      event: '\u4e00'.repeat(1024),
      text: JSON.stringify(envelope),
      arrivedAtMs: 1_767_261_600_000,
    };
    const parking = openDynamoStreamParking(table, { scope: 'feed', believedEmptyMs: 0 });
    expect(Buffer.byteLength(event.text)).toBeLessThanOrEqual(parking.textBytesMax);
    await parking.park(event, { consumer: 'c', attempts: 5, code: 'INTERNAL', error: '\u4e00'.repeat(5000) });
    expect((await parking.waiting(event.key, { limit: 1 }))[0]).toEqual(event);
    const quarantine = openDynamoQuarantine(table);
    const problem = { code: 'EVENT_TOO_LARGE', path: text, message: text } as const;
    await quarantine.add([{ door: 'events', origin: 'o', problem, raw: event.text, waiting: true }]);
    expect((await quarantine.list({ after: 0, limit: 1 }))[0]).toMatchObject({ raw: event.text, truncated: false });
  });
});

describe('what is longer than a key', () => {
  let dynamo: TroubledDynamo;
  let table: DynamoTable;
  beforeAll(async () => {
    dynamo = await openTroubledDynamo(() => undefined);
    table = openDynamoTable(openDynamoClient(dynamo.config), 'figtree');
  });
  afterAll(() => dynamo.close());

  test('is remembered of a legacy relationship under its digest', async () => {
    const memory = openDynamoLegacyMemory(table);
    const versions = ['1'.repeat(1000), '\u4e00'.repeat(1000), '\u{20000}'.repeat(500), 'é'.repeat(2000)];
    for (const version of versions) {
      await memory.remember([{ relationshipId: AUTHOR, version, followerId: 'a', followeeId: 'b' }]);
    }
    const known = (await memory.recall([AUTHOR])).get(AUTHOR) ?? [];
    expect(known.map(({ version }) => version).toSorted()).toEqual(versions.toSorted());
  });

  test.each([
    ['long', 'x'.repeat(10_000)],
    ['long in bytes', '\u4e00'.repeat(700)],
  ])('is no user: an id that is %s', async (_what, id) => {
    const feeds = openDynamoFeedReader(table, { feedLength: 800 });
    const relationships = openDynamoRelationshipReader(table);
    expect(await feeds.yubl(id)).toBeUndefined();
    expect(await feeds.yublsOf(id, { limit: 10 })).toEqual({ items: [] });
    expect(await feeds.feed(id, { limit: 10 })).toEqual({ items: [] });
    expect(await feeds.yublCount(id)).toBe(0);
    expect(await relationships.followingSince(AUTHOR, id)).toBeUndefined();
    expect(await relationships.followingSince(id, AUTHOR)).toBeUndefined();
  });
});
