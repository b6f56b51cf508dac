import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomRuns } from './random-runs.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { sequenceOf } from '../../events/sequence.ts';
import type { FeedItem, YublCursor } from '../feed-reader.ts';
import type { IndexedUser, SearchIndex } from '../search-index.ts';
import type { SearchIndexReader } from '../search-index-reader.ts';
import type { SearchReader, UserHit, UserHitCursor } from '../search-reader.ts';
import { personIds, yublIds } from './histories.ts';
import { play, type ProjectionEngine, scenarios, walk, withProjection } from './projection-under-test.ts';

export interface SearchReaders {
  readonly index: SearchIndexReader;
  /** Searches the same index. */
  readonly search: SearchReader;
}

export interface SearchEngine extends ProjectionEngine<SearchIndex, SearchReaders> {
  /** The expected answers after these events, computed independently of the engine. */
  readonly model: (events: readonly RecordedEvent[]) => SearchModel;
}

interface SearchModel {
  users(text: string): UserHit[];
  yubls(text: string): FeedItem[];
}

const [ada = '', bob = ''] = personIds;
const [first = '', second = '', third = ''] = yublIds;
const sequence = sequenceOf(1_456_124_520, 1);

const userQueries = [
  'a',
  'ADA',
  'adá l',
  'ada ada',
  'ad ada',
  'l a',
  'lov ada o',
  'ov',
  "o'h",
  '_',
  '李',
  '𝒜',
  'a l o _',
] as const;
const yublQueries = [
  'tree',
  'TREE figs',
  'the',
  'log',
  '李',
  'don’t',
  't don',
  'tre',
  '!',
  'figs figs the tree',
  '东京',
  '京 tree',
  'ខ្មែរ',
  'ភាសាខ្មែរ',
] as const;

export function searchIndexContract(engine: SearchEngine, runs = randomRuns(30)): void {
  describe(`the search index on ${engine.name}`, () => {
    it('finds what the model finds: in any arrival, across transactions undone, attempts undone and restarts', async () => {
      expect.hasAssertions();
      await fc.assert(
        fc.asyncProperty(scenarios, fc.integer({ min: 1, max: 4 }), async (portions, limit) => {
          await play(engine, portions, ({ search }, applied) => expectAnswers(search, engine.model(applied), limit));
        }),
        { numRuns: runs },
      );
    }, 120_000);

    const field = <Value>(value: Value) => ({ value, sequence });
    const users: IndexedUser[] = [
      { userId: ada, names: [] },
      { userId: ada, joinedAt: field('2020-01-01T00:00:00.000Z'), userName: field('Ada'), names: ['ada'] },
      { userId: ada, firstName: field(null), lastName: field('李 "\''), names: ['李 "\'', 'z', '𝒜da'] },
    ];
    it.each(users)('passes the user that a fold returned to the next one: %j', async (user) => {
      await withProjection(engine, async ({ store, unit }) => {
        const seen: IndexedUser[] = [];
        await unit.commit(async () => {
          await store.changeUser(ada, () => ({ userId: ada, names: ['other', 'names', 'before'] }));
          await store.changeUser(ada, () => user);
          return 1;
        });
        await unit.commit(async () => {
          await store.changeUser(ada, (before = { userId: '', names: [] }) => (seen.push(before), before));
          return 2;
        });
        expect(seen).toEqual([{ ...user, names: expect.arrayContaining([...user.names]) }]);
        expect(seen[0]?.names).toHaveLength(user.names.length);
      });
    });

    it('does not call the fold for a leaver, and finds nothing that they post later', async () => {
      await withProjection(engine, async ({ store, unit, reader }) => {
        await unit.commit(async () => {
          await store.addYubl(yubl(first, ada), 'tree');
          await store.removeUser(ada);
          await store.removeUser(ada);
          await store.changeUser(ada, () => expect.unreachable());
          await store.addYubl(yubl(second, ada), 'tree');
          return 1;
        });
        expect(await reader.index.yubls(['tree'], { limit: 9 })).toEqual({ items: [] });
      });
    });

    it('keeps a yubl as it was known first', async () => {
      await withProjection(engine, async ({ store, unit, reader }) => {
        const known = yubl(first, ada);
        await unit.commit(async () => {
          await store.addYubl(known, 'tree');
          await store.addYubl({ ...known, text: 'other' }, 'fig');
          return 1;
        });
        await unit.commit(async () => (await store.addYubl({ ...known, authorId: bob }, 'fig'), 2));
        expect(await reader.index.yubls(['tree'], { limit: 9 })).toEqual({ items: [known] });
        expect(await reader.index.yubls(['fig'], { limit: 9 })).toEqual({ items: [] });
      });
    });

    it('distinguishes yubls of one sequence when one is deleted, in one transaction or in several', async () => {
      await withProjection(engine, async ({ store, unit, reader }) => {
        await unit.commit(async () => (await store.addYubl(yubl(first, ada), 'tree fig'), 1));
        await unit.commit(async () => {
          await store.deleteYubl(first);
          await store.addYubl(yubl(second, bob), 'fig');
          return 2;
        });
        await unit.commit(async () => (await store.addYubl(yubl(third, bob), 'leaf'), 3));
        expect(await reader.index.yubls(['tree'], { limit: 9 })).toEqual({ items: [] });
        expect(await reader.index.yubls(['fig'], { limit: 9 })).toEqual({ items: [yubl(second, bob)] });
      });
    });

    it('keeps all others when a yubl of a leaver is deleted later', async () => {
      await withProjection(engine, async ({ store, unit, reader }) => {
        await unit.commit(async () => (await store.addYubl(yubl(first, ada), 'tree'), 1));
        await unit.commit(async () => {
          await store.removeUser(ada);
          await store.addYubl(yubl(second, bob), 'tree');
          return 2;
        });
        await unit.commit(async () => (await store.deleteYubl(first), 3));
        expect(await reader.index.yubls(['tree'], { limit: 9 })).toEqual({ items: [yubl(second, bob)] });
      });
    });
  });
}

function yubl(yublId: string, authorId: string): FeedItem {
  return { yublId, authorId, text: `text of ${yublId}`, postedAt: '2016-02-22T07:02:00.000Z', sequence };
}

async function expectAnswers(search: SearchReader, model: SearchModel, limit: number): Promise<void> {
  for (const text of userQueries) {
    const found = await walk<UserHit, UserHitCursor>((query) => search.users(text, query), limit);
    expect(found, `users "${text}"`).toEqual(model.users(text));
  }
  for (const text of yublQueries) {
    const found = await walk<FeedItem, YublCursor>((query) => search.yubls(text, query), limit);
    expect(found, `yubls "${text}"`).toEqual(model.yubls(text));
  }
}
