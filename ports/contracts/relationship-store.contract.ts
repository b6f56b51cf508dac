import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomRuns } from './random-runs.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import type { FollowEdge } from '../follow-edge.ts';
import type { Relationship, RelationshipCursor, RelationshipReader, UserProfile } from '../relationship-reader.ts';
import type { RelationshipStore } from '../relationship-store.ts';
import type { UserRecord } from '../user-record.ts';
import { personIds } from './histories.ts';
import { play, type ProjectionEngine, scenarios, walk, withProjection } from './projection-under-test.ts';

export interface RelationshipEngine extends ProjectionEngine<RelationshipStore, RelationshipReader> {
  /** The expected answers after these events, computed independently of the engine. */
  readonly model: (events: readonly RecordedEvent[]) => RelationshipModel;
}

interface RelationshipModel {
  user(userId: string): UserProfile | undefined;
  followers(userId: string): Relationship[];
  following(userId: string): Relationship[];
  followingSince(followerId: string, followeeId: string): string | undefined;
  mostFollowed(limit: number): UserProfile[];
  totals(): { users: number; follows: number };
}

const [ada = '', bob = '', eve = ''] = personIds;
const at = (sequence: string) => ({
  sequence: sequence.padStart(20, '0'),
  followedAt: `2020-01-0${sequence}T00:00:00.000Z`,
});
const follow = (followerId: string, followeeId: string): FollowEdge => ({ followerId, followeeId, follows: [at('1')] });
const joined = (userId: string): UserRecord => ({
  userId,
  joinedAt: { value: '2020-01-01T00:00:00.000Z', sequence: at('1').sequence },
  userName: { value: `name of ${userId}`, sequence: at('1').sequence },
});

export function relationshipStoreContract(engine: RelationshipEngine, runs = randomRuns(30)): void {
  describe(`relationships on ${engine.name}`, () => {
    it('are as the model says: in any arrival, across transactions undone, attempts undone and restarts', async () => {
      expect.hasAssertions();
      await fc.assert(
        fc.asyncProperty(scenarios, fc.integer({ min: 1, max: 4 }), async (portions, limit) => {
          await play(engine, portions, (reader, applied) => expectAnswers(reader, engine.model(applied), limit));
        }),
        { numRuns: runs },
      );
    }, 120_000);

    const users: UserRecord[] = [
      { userId: ada },
      joined(ada),
      { userId: ada, userName: { value: 'ada', sequence: at('2').sequence } },
      { ...joined(ada), firstName: { value: null, sequence: at('3').sequence } },
      {
        ...joined(ada),
        firstName: { value: '', sequence: at('3').sequence },
        lastName: { value: '李 "\'', sequence: at('4').sequence },
      },
    ];
    it.each(users)('passes the user that a fold returned to the next one: %j', async (user) => {
      await withProjection(engine, async ({ store, unit }) => {
        const seen: unknown[] = [];
        await unit.commit(async () => {
          await store.changeUser(ada, (before) => (seen.push(before), { userId: ada }));
          await store.changeUser(ada, () => user);
          return 1;
        });
        await unit.commit(async () => {
          await store.changeUser(ada, (before) => (seen.push(before), before ?? user));
          return 2;
        });
        expect(seen).toEqual([undefined, user]);
      });
    });

    const edges: Pick<FollowEdge, 'follows' | 'unfollowed'>[] = [
      { follows: [] },
      { follows: [], unfollowed: at('9').sequence },
      { follows: [at('1')] },
      { follows: [at('3'), at('4'), at('5')], unfollowed: at('2').sequence },
      { follows: [{ sequence: '42949672954294967295', followedAt: '2020-01-01T00:00:00+02:00' }] },
    ];
    it.each(edges)('passes the edge that a fold returned to the next one: %j', async (edge) => {
      await withProjection(engine, async ({ store, unit }) => {
        const whole: FollowEdge = { followerId: ada, followeeId: bob, ...edge };
        const seen: unknown[] = [];
        await unit.commit(async () => {
          await store.changeEdge(whole, (before) => (seen.push(before), follow(ada, bob)));
          await store.changeEdge(whole, () => whole);
          return 1;
        });
        await unit.commit(async () => {
          await store.changeEdge(whole, (before) => (seen.push(before), before ?? whole));
          await store.changeEdge(follow(bob, ada), (before) => (seen.push(before), follow(bob, ada)));
          return 2;
        });
        expect(seen).toEqual([undefined, whole, undefined]);
      });
    });

    it('takes a leaver out of all lists and counts, for good', async () => {
      await withProjection(engine, async ({ store, unit, reader }) => {
        const refold = () => expect.unreachable('the store asks for a leaver');
        await unit.commit(async () => {
          for (const userId of [ada, bob, eve]) await store.changeUser(userId, () => joined(userId));
          for (const edge of [follow(ada, bob), follow(bob, ada), follow(eve, bob), follow(eve, ada)]) {
            await store.changeEdge(edge, () => edge);
          }
          await store.removeUser(bob);
          await store.removeUser(bob);
          await store.changeUser(bob, refold);
          await store.changeEdge(follow(ada, bob), refold);
          await store.changeEdge(follow(bob, eve), refold);
          return 1;
        });
        expect(await reader.user(bob)).toBeUndefined();
        expect(await reader.user(ada)).toMatchObject({ followers: 1, following: 0 });
        expect(await reader.user(eve)).toMatchObject({ followers: 0, following: 1 });
        expect(await reader.followers(bob, { limit: 9 })).toEqual({ items: [] });
        expect(await reader.following(bob, { limit: 9 })).toEqual({ items: [] });
        expect(await reader.totals()).toEqual({ users: 2, follows: 1 });
      });
    });

    it('keeps out a user who left before anything else was known of them', async () => {
      await withProjection(engine, async ({ store, unit, reader }) => {
        await unit.commit(async () => {
          await store.removeUser(ada);
          await store.changeUser(ada, () => joined(ada));
          await store.changeEdge(follow(bob, ada), () => follow(bob, ada));
          return 1;
        });
        expect(await reader.user(ada)).toBeUndefined();
        expect(await reader.totals()).toEqual({ users: 0, follows: 0 });
      });
    });
  });
}

async function expectAnswers(reader: RelationshipReader, model: RelationshipModel, limit: number): Promise<void> {
  for (const userId of personIds) {
    expect(await reader.user(userId), `user ${userId}`).toEqual(model.user(userId));
    const followers = await walk<Relationship, RelationshipCursor>((query) => reader.followers(userId, query), limit);
    expect(followers, `followers of ${userId}`).toEqual(model.followers(userId));
    const following = await walk<Relationship, RelationshipCursor>((query) => reader.following(userId, query), limit);
    expect(following, `following of ${userId}`).toEqual(model.following(userId));
    for (const otherId of personIds) {
      expect(await reader.followingSince(userId, otherId)).toBe(model.followingSince(userId, otherId));
    }
  }
  expect(await reader.mostFollowed(limit)).toEqual(model.mostFollowed(limit));
  expect(await reader.totals()).toEqual(model.totals());
}
