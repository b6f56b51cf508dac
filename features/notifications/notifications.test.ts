import { describe, expect, it } from 'vitest';
import { openTableProjection } from '../../consumers/tables/open-projection.ts';
import { personIds } from '../../ports/contracts/histories.ts';
import { keyOrders } from '../../ports/contracts/row-store.contract.ts';
import { engines } from '../../testing/tables/every-engine.ts';
import { happening, scenario } from '../../testing/tables/scenario.ts';
import { inboxModel } from './notifications.model.ts';
import { notifications } from './tables.ts';

const projection = openTableProjection('notifications', notifications);

describe('the inbox of a user', () => {
  const inbox = scenario('notifications', notifications);
  const [followerId, userId, relationshipId] = ['a'.repeat(24), 'b'.repeat(24), 'c'.repeat(24)];
  const followed = (followedAt: string) =>
    happening('followed', { relationshipId, followerId, followeeId: userId, followedAt });
  const row = { userId, followerId, followedAt: '2020-01-01T11:00:00.000Z' };

  it('lists who follows', () =>
    inbox
      .given()
      .when(followed('2020-01-01T12:00:00+01:00'))
      .thenRows({ notifications: [row], inboxes: [] }));

  it.each([
    ['unfollows', happening('unfollowed', { relationshipId, followerId, followeeId: userId })],
    ['leaves', happening('user-left', { userId: followerId })],
  ])('does not list who %s', (_, event) =>
    inbox.given(followed('2020-01-01T11:00:00Z')).when(event).thenRows({ notifications: [] }),
  );

  it('keeps nothing of a user who leaves', () =>
    inbox
      .given(followed('2020-01-01T11:00:00Z'), happening('notifications-read', { userId, readUpTo: row.followedAt }))
      .when(happening('user-left', { userId }))
      .thenRows({ notifications: [], inboxes: [] }));

  it('is never read up to an earlier moment', () =>
    inbox
      .given(happening('notifications-read', { userId, readUpTo: '2020-01-01T12:00:00+01:00' }))
      .when(happening('notifications-read', { userId, readUpTo: '2020-01-01T11:30:00+01:00' }))
      .thenRows({ inboxes: [{ userId, readUpTo: '2020-01-01T11:00:00.000Z' }] }));
});

/** The same history, in which some follow at the same moment. */
const coarse = keyOrders.map((events) =>
  events.map((event) => {
    if (event.type !== 'followed') return event;
    const followedAt = event.data.followedAt.replace(/\d\dZ$/, '00Z');
    return { ...event, data: { ...event.data, followedAt } };
  }),
);

describe('notifications', () => {
  it.each(Object.entries(engines))('are those of the model in %s', async (_, check) => {
    let read = 0;
    await check(projection, coarse, async (ask, events) => {
      for (const userId of personIds) {
        const expected = inboxModel(events, userId);
        expect(await ask('notifications', { userId })).toEqual(expected);
        read += expected.filter(({ isRead }) => isRead).length;
      }
    });
    expect(read).toBeGreaterThan(0);
  });
});
