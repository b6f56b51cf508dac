import { catalog, type EventData, type EventType } from '../../events/catalog.ts';
import type { EventDefinition } from '../../events/define-event.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { sequenceOf } from '../../events/sequence.ts';

const AT = '2026-02-22T07:02:00.000Z';
const idOf = (number: number) => number.toString(16).padStart(24, '0');
const YUBLS = 1_000_000;

let made = 0;

function event<Type extends EventType>(type: Type, data: EventData<Type>): EventEnvelope {
  const definition = catalog[type] as unknown as EventDefinition;
  made += 1;
  const id = `event-${made}`;
  const envelope = {
    specversion: '1.0',
    id,
    source: 'urn:bench',
    type,
    time: AT,
    datacontenttype: 'application/json',
    dataschema: definition.dataschema,
    subject: definition.subject(data),
    partitionkey: definition.partitionKey(data),
    sequence: sequenceOf(1_750_000_000 + made, 1),
    correlationid: id,
    data,
  };
  return envelope as unknown as EventEnvelope;
}

// Texts and names are as long as in the monolith's samples, or a little longer.
const TEXT = `${'A yubl of some length, as people write them, with words to be looked up by. '.repeat(2)}#figtree`;

export const joined = (user: number) =>
  event('user-joined', {
    userId: idOf(user),
    userName: `user.name.${user}`,
    firstName: `First${user}`,
    lastName: `Last Name ${user}`,
    joinedAt: AT,
  });

export const renamed = (user: number) =>
  event('user-profile-updated', { userId: idOf(user), lastName: `Another Name ${user}` });

export const read = (user: number) => event('notifications-read', { userId: idOf(user), readUpTo: AT });

export const left = (user: number) => event('user-left', { userId: idOf(user) });

const pair = (follower: number, followee: number) => ({
  relationshipId: idOf(2 * YUBLS + follower),
  followerId: idOf(follower),
  followeeId: idOf(followee),
});

export const followed = (follower: number, followee: number) =>
  event('followed', { ...pair(follower, followee), followedAt: AT });

export const unfollowed = (follower: number, followee: number) => event('unfollowed', pair(follower, followee));

export const posted = (author: number, yubl: number) =>
  event('yubl-posted', { yublId: idOf(YUBLS + yubl), authorId: idOf(author), text: TEXT, postedAt: AT });

export const deleted = (yubl: number) => event('yubl-deleted', { yublId: idOf(YUBLS + yubl) });
