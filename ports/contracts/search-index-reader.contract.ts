import { describe, expect, it } from 'vitest';
import { sequenceOf } from '../../events/sequence.ts';
import type { FeedItem, YublCursor } from '../feed-reader.ts';
import type { SearchIndex } from '../search-index.ts';
import type { NameQuery } from '../search-index-reader.ts';
import type { UserHit, UserHitCursor } from '../search-reader.ts';
import { type ProjectionEngine, walk, withProjection } from './projection-under-test.ts';
import type { SearchReaders } from './search-index.contract.ts';

const idOf = (number: number) => number.toString(16).padStart(24, '0');
const numberOf = (id: string) => Number.parseInt(id, 16);
const one = (prefix: string): NameQuery => ({ prefix, words: [] });

/** Names by user number. */
type People = Readonly<Record<number, readonly string[]>>;

export function searchIndexReaderContract(engine: ProjectionEngine<SearchIndex, SearchReaders>): void {
  const withPeople = (
    people: People,
    use: (find: (query: NameQuery, limit?: number) => Promise<number[]>) => Promise<void>,
  ) =>
    withProjection(engine, async ({ store, unit, reader }) => {
      await unit.commit(async () => {
        for (const [number, names] of Object.entries(people)) {
          const userId = idOf(Number(number));
          const userName = { value: `user ${number}`, sequence: sequenceOf(1, 1) };
          await store.changeUser(userId, () => ({ userId, userName, names }));
        }
        return 1;
      });
      await use(async (names, limit = 50) => {
        const found = await walk<UserHit, UserHitCursor>((query) => reader.index.users(names, query), limit);
        return found.map((hit) => numberOf(hit.userId));
      });
    });

  const withYubls = (yubls: readonly FeedItem[], use: (find: (limit: number) => Promise<string[]>) => Promise<void>) =>
    withProjection(engine, async ({ store, unit, reader }) => {
      for (const yubl of yubls) await unit.commit(async () => (await store.addYubl(yubl, 'tree'), 1));
      await use(async (limit) => {
        const found = await walk<FeedItem, YublCursor>((query) => reader.index.yubls(['tree'], query), limit);
        return found.map(({ yublId }) => yublId);
      });
    });

  describe(`reading the search index on ${engine.name}`, () => {
    it('answers before anything is known', async () => {
      await withProjection(engine, async ({ reader }) => {
        expect(await reader.index.users({ prefix: 'a b', words: ['a', 'b'] }, { limit: 50 })).toEqual({ items: [] });
        expect(await reader.index.yubls(['tree'], { limit: 50 })).toEqual({ items: [] });
      });
    });

    it('ends a page of long yubls before it is too large', async () => {
      const yubls = Array.from({ length: 10 }, (_, number): FeedItem => ({
        yublId: idOf(number),
        authorId: idOf(1),
        text: '\u0416'.repeat(60_000),
        postedAt: '2026-01-01T10:00:00.000Z',
        sequence: sequenceOf(1_767_261_600, number),
      }));
      await withYubls(yubls, async (find) => {
        for (const limit of [2, 200]) expect(await find(limit)).toEqual(yubls.map(({ yublId }) => yublId).toReversed());
      });
    });

    it('sorts names by code points, and equal ones by user id', async () => {
      // U+FF5A sorts before U+1D49C by code points, and behind it by UTF-16 units.
      const people = {
        1: ['x\u{1D49C}'],
        2: ['x\uFF5A'],
        3: ['xb'],
        4: ['x'],
        9: ['xa'],
        6: ['xa'],
        7: ['x a'],
        8: ['y'],
      };
      await withPeople(people, async (find) => {
        for (const limit of [1, 2, 3, 50]) expect(await find(one('x'), limit)).toEqual([4, 7, 6, 9, 3, 2, 1]);
      });
    });

    it('finds a user once, by the smallest name that matches', async () => {
      const people = { 1: ['ad', 'ada', 'b'], 2: ['adb', 'ac', 'a'], 3: ['adaa'] };
      await withPeople(people, async (find) => {
        for (const limit of [1, 2, 3, 50]) expect(await find(one('ad'), limit)).toEqual([1, 3, 2]);
        expect(await find(one('a'))).toEqual([2, 1, 3]);
      });
    });

    it('lists users found by the prefix before those found by the words', async () => {
      const people = {
        1: ['ann', 'lee'],
        2: ['lee ann'],
        3: ['leeds', 'annabel', 'x'],
        4: ['lee', 'bob'],
        5: ['lee', 'anna', 'lee anna'],
        6: ['leeann'],
      };
      await withPeople(people, async (find) => {
        const names = { prefix: 'lee ann', words: ['lee', 'ann'] };
        for (const limit of [1, 2, 3, 50]) expect(await find(names, limit)).toEqual([2, 5, 1, 3]);
      });
    });

    it('finds by three words those who have a name for each', async () => {
      const people = { 1: ['mary', 'ann', 'lee'], 2: ['mary', 'ann lee'], 3: ['maryann', 'anna', 'leeds'], 4: ['lee'] };
      await withPeople(people, async (find) => {
        for (const words of [
          ['mary', 'ann', 'lee'],
          ['lee', 'mary', 'ann'],
        ]) {
          expect(await find({ prefix: 'mary ann lee', words }, 1)).toEqual([1, 3]);
        }
      });
    });

    it('takes signs of pattern languages as they are', async () => {
      await withPeople({ 1: ['a%', '_x'], 2: ['a_b', "o'h"], 3: ['a*'], 4: ['"a"'] }, async (find) => {
        expect(await find(one('a%'))).toEqual([1]);
        expect(await find(one('a_'))).toEqual([2]);
        expect(await find(one('a*'))).toEqual([3]);
        expect(await find(one('"'))).toEqual([4]);
        expect(await find({ prefix: "o' a", words: ["o'", 'a'] })).toEqual([2]);
      });
    });

    it('goes by the whole sequence from the first second to the last', async () => {
      const sequences = [
        [0, 0],
        [0, 1],
        [0, 1_048_576],
        [0, 1_048_577],
        [0, 4_294_967_295],
        [1, 0],
        [1_048_576, 0],
        [1_456_124_520, 999_999],
        [4_294_967_295, 0],
        [4_294_967_295, 4_294_967_294],
        [4_294_967_295, 4_294_967_295],
      ] as const;
      const yubls = sequences.map(([seconds, ordinal], number) => yublOf(number, sequenceOf(seconds, ordinal)));
      // Added in mixed order, so that neither order of arrival is the expected one.
      const arriving = yubls.toSorted((a, b) => (numberOf(a.yublId) % 3) - (numberOf(b.yublId) % 3));
      await withYubls(arriving, async (find) => {
        for (const limit of [1, 4, 50])
          expect(await find(limit)).toEqual(yubls.map(({ yublId }) => yublId).toReversed());
      });
    });

    it('pages through many yubls of one sequence, highest yubl id first', async () => {
      const numbers = Array.from({ length: 60 }, (_, index) => (index * 37) % 60);
      const neighbours = [yublOf(100, sequenceOf(5, 8)), yublOf(101, sequenceOf(5, 6))];
      const yubls = [...numbers.map((number) => yublOf(number, sequenceOf(5, 7))), ...neighbours];
      const ordered = [100, ...numbers.toSorted((a, b) => b - a), 101].map(idOf);
      await withYubls(yubls, async (find) => {
        for (const limit of [1, 7, 200]) expect(await find(limit)).toEqual(ordered);
      });
    });
  });
}

function yublOf(number: number, sequence: string): FeedItem {
  return { yublId: idOf(number), authorId: idOf(999), text: 'Tree!', postedAt: '2016-02-22T07:02:00.000Z', sequence };
}
