import { describe, expect, it } from 'vitest';
import { sequenceOf } from '../../events/sequence.ts';
import type { RelationshipStore } from '../relationship-store.ts';
import { type ProjectionEngine, walk, withProjection } from './projection-under-test.ts';
import type { Relationship, RelationshipCursor, RelationshipReader } from '../relationship-reader.ts';

const idOf = (number: number) => number.toString(16).padStart(24, '0');
const star = idOf(0xfff);

interface Follow {
  readonly followerId: string;
  readonly followeeId?: string;
  readonly seconds: number;
  readonly ordinal?: number;
}

async function follow(store: RelationshipStore, follows: readonly Follow[]): Promise<void> {
  for (const { followerId, followeeId = star, seconds, ordinal = 1 } of follows) {
    const first = { sequence: sequenceOf(seconds, ordinal), followedAt: `at ${seconds}.${ordinal}` };
    await store.changeEdge({ followerId, followeeId }, () => ({ followerId, followeeId, follows: [first] }));
  }
}

async function join(store: RelationshipStore, userId: string): Promise<void> {
  const field = (value: string) => ({ value, sequence: sequenceOf(1, 1) });
  await store.changeUser(userId, () => ({ userId, joinedAt: field('2020-01-01T00:00:00.000Z'), userName: field('x') }));
}

export function relationshipReaderContract(engine: ProjectionEngine<RelationshipStore, RelationshipReader>): void {
  describe(`reading relationships on ${engine.name}`, () => {
    it('answers before anything is known', async () => {
      await withProjection(engine, async ({ reader }) => {
        expect(await reader.user(star)).toBeUndefined();
        expect(await reader.followers(star, { limit: 50 })).toEqual({ items: [] });
        expect(await reader.following('no id at all', { limit: 50 })).toEqual({ items: [] });
        expect(await reader.followingSince(star, idOf(1))).toBeUndefined();
        expect(await reader.mostFollowed(3)).toEqual([]);
        expect(await reader.totals()).toEqual({ users: 0, follows: 0 });
      });
    });

    it('sorts by both halves of the sequence, newest first, and equal ones by user id', async () => {
      await withProjection(engine, async ({ store, unit, reader }) => {
        const follows: Follow[] = [
          { followerId: idOf(9), seconds: 5, ordinal: 7 },
          { followerId: idOf(1), seconds: 4_294_967_295, ordinal: 4_294_967_295 },
          { followerId: idOf(3), seconds: 5, ordinal: 7 },
          { followerId: idOf(2), seconds: 0, ordinal: 0 },
          { followerId: idOf(7), seconds: 5, ordinal: 70 },
          { followerId: idOf(4), seconds: 5, ordinal: 7 },
        ];
        await unit.commit(async () => (await follow(store, follows), 1));
        const ordered = [1, 7, 3, 4, 9, 2].map(idOf);
        for (const limit of [1, 2, 3, 4, 5, 6, 7]) {
          const found = await walk<Relationship, RelationshipCursor>((query) => reader.followers(star, query), limit);
          expect(found.map((item) => item.userId)).toEqual(ordered);
        }
        const { items } = await reader.followers(star, { limit: 1 });
        expect(items).toEqual([{ userId: idOf(1), since: 'at 4294967295.4294967295' }]);
      });
    });

    it('continues behind a cursor whose own follow has ended since', async () => {
      await withProjection(engine, async ({ store, unit, reader }) => {
        const follows = [1, 2, 3, 4].map((number) => ({ followerId: star, followeeId: idOf(number), seconds: number }));
        await unit.commit(async () => (await follow(store, follows), 1));
        const first = await reader.following(star, { limit: 2 });
        expect(first.items.map((item) => item.userId)).toEqual([idOf(4), idOf(3)]);
        await unit.commit(async () => {
          const ids = { followerId: star, followeeId: idOf(3) };
          await store.changeEdge(ids, () => ({ ...ids, follows: [] }));
          return 2;
        });
        const { items } = await reader.following(star, { limit: 2, ...(first.next && { after: first.next }) });
        expect(items.map((item) => item.userId)).toEqual([idOf(2), idOf(1)]);
      });
    });

    it('names the most followed of those who joined, equal ones by user id', async () => {
      await withProjection(engine, async ({ store, unit, reader }) => {
        await unit.commit(async () => {
          for (const number of [4, 2, 3]) await join(store, idOf(number));
          const edges = [
            [9, 1],
            [8, 1],
            [7, 1],
            [9, 3],
            [8, 3],
            [9, 2],
            [8, 4],
          ] as const;
          await follow(
            store,
            edges.map(([from, to], seconds) => ({ followerId: idOf(from), followeeId: idOf(to), seconds })),
          );
          return 1;
        });
        const most = await reader.mostFollowed(9);
        expect(most.map(({ userId, followers }) => [userId, followers])).toEqual([
          [idOf(3), 2],
          [idOf(2), 1],
          [idOf(4), 1],
        ]);
        expect(await reader.mostFollowed(1)).toHaveLength(1);
        expect(await reader.totals()).toEqual({ users: 3, follows: 7 });
      });
    });

    it('sees what is committed, and no sooner if the engine has transactions', async () => {
      await withProjection(engine, async ({ store, unit, reader }) => {
        await unit.commit(async () => {
          await follow(store, [{ followerId: idOf(1), seconds: 1 }]);
          expect(await reader.totals()).toEqual({ users: 0, follows: engine.transactions ? 0 : 1 });
          return 1;
        });
        expect(await reader.totals()).toEqual({ users: 0, follows: 1 });
      });
    });
  });
}
