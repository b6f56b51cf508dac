import { expect, it } from 'vitest';
import { openTableProjection } from '../../../consumers/tables/open-projection.ts';
import type { EventEnvelope } from '../../../events/envelope.ts';
import { personIds } from '../../../ports/contracts/histories.ts';
import { keyOrders } from '../../../ports/contracts/row-store.contract.ts';
import { inOrder } from '../../../projections/users.model.ts';
import { engines } from '../../../testing/tables/every-engine.ts';
import { happening, scenario } from '../../../testing/tables/scenario.ts';
import { newFollowers } from './tables.ts';

const followers = scenario('newfollowers', newFollowers);
const [followerId, userId, relationshipId] = ['a', 'b', 'c'].map((digit) => digit.repeat(24)) as [
  string,
  string,
  string,
];
const followed = happening('followed', {
  relationshipId,
  followerId,
  followeeId: userId,
  followedAt: '2020-01-01T12:00:00+01:00',
});

it('lists those who follow', () =>
  followers
    .given()
    .when(followed)
    .thenRows({ followers: [{ userId, followerId, since: '2020-01-01T11:00:00.000Z' }] }));

it('does not list those who no longer do', () =>
  followers
    .given(followed)
    .when(happening('unfollowed', { relationshipId, followerId, followeeId: userId }))
    .thenRows({ followers: [] }));

it.each([userId, followerId])('keeps nothing of a user who leaves', (leaver) =>
  followers
    .given(followed)
    .when(happening('user-left', { userId: leaver }))
    .thenRows({ followers: [] }),
);

/** The followers of a user: those whose last event is a follow, if neither of the two has left. */
function model(events: readonly EventEnvelope[], user: string): ReadonlySet<string> {
  const following = new Set<string>();
  for (const { type, data } of inOrder(events)) {
    if (type === 'followed' && data.followeeId === user) following.add(data.followerId);
    if (type === 'unfollowed' && data.followeeId === user) following.delete(data.followerId);
  }
  for (const { type, data } of events) {
    if (type === 'user-left' && data.userId === user) return new Set();
    if (type === 'user-left') following.delete(data.userId);
  }
  return following;
}

it.each(Object.entries(engines))('answers as the model does, in %s', async (_, check) => {
  await check(openTableProjection('newfollowers', newFollowers), keyOrders, async (ask, events) => {
    for (const id of personIds) {
      const found = (await ask('new-followers', { userId: id })) as { followerId: string }[];
      expect(new Set(found.map((item) => item.followerId))).toEqual(model(events, id));
    }
  });
});
