import { it } from 'vitest';
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
