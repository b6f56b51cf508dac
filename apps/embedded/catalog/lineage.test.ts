import { expect, test } from 'vitest';
import type { Consumer } from '../../../consumers/runtime/consumer.ts';
import { eventTypes } from '../../../events/catalog.ts';
import { impactInWords } from '../../../schema-registry/documents/lineage.ts';
import { currentCode } from '../../../schema-registry/stored-reading.ts';
import { consumerReads, engineProjections, type OpenByName } from './consumer-lineage.ts';
import { deriveLineage } from './lineage.ts';

// What a reader of the code finds, from each `on` to the last store. It changes with the consumers.
const READ_BY_HAND: Record<string, Record<string, string>> = {
  'user-joined': {
    'track-relationships': 'firstName joinedAt lastName userId userName',
    'index-search': 'firstName joinedAt lastName userId userName',
  },
  'user-profile-updated': {
    'track-relationships': 'firstName lastName userId userName',
    'index-search': 'firstName lastName userId userName',
  },
  'user-left': { 'maintain-feed': 'userId', 'track-relationships': 'userId', 'index-search': 'userId' },
  'yubl-posted': {
    'distribute-yubl': 'authorId postedAt text yublId',
    'index-search': 'authorId postedAt text yublId',
  },
  'yubl-deleted': { 'maintain-feed': 'yublId', 'index-search': 'yublId' },
  followed: {
    'maintain-feed': 'followedAt followeeId followerId',
    'track-relationships': 'followedAt followeeId followerId',
  },
  unfollowed: { 'maintain-feed': 'followeeId followerId', 'track-relationships': 'followeeId followerId' },
};

/** Features are added without a change here. */
const openByHand: OpenByName = Object.fromEntries(
  Object.entries(engineProjections).filter(([name]) => ['feed', 'relationships', 'search'].includes(name)),
);

test('what each consumer reads is what a reader of the code finds', async () => {
  const found = await consumerReads(currentCode, openByHand);
  const reads = Object.fromEntries(
    [...found].map(([type, consumers]) => [
      type,
      Object.fromEntries(consumers.map(({ consumer, fields }) => [consumer, fields.join(' ')])),
    ]),
  );
  expect(reads).toEqual(READ_BY_HAND);
});

/** The search projection with one more consumer in it. */
function withConsumer(consumer: Consumer): OpenByName {
  const { search } = engineProjections;
  if (search === undefined) throw new Error('there is no projection named search');
  return {
    search: async (folder) => {
      const opened = await search(folder);
      return { ...opened, consumers: [...opened.consumers, consumer] };
    },
  };
}

test('a read that is added to a handler shows up, also one in a rare branch and one behind a failure', async () => {
  const followers = new Map<string, number>();
  const greet: Consumer = {
    name: 'greet',
    on: {
      'user-joined': ({ data }) => ({ greeted: data.userName }),
      followed: ({ data }) => {
        const count = (followers.get(data.followeeId) ?? 0) + 1;
        followers.set(data.followeeId, count);
        return count === 3 ? { third: data.relationshipId } : undefined;
      },
      'yubl-posted': ({ data }) => {
        throw new Error(data.text);
      },
      'user-left': ({ partitionkey }) => ({ partitionkey }),
      unfollowed: ({ subject }) => ({ subject }),
    },
  };
  const found = await consumerReads(currentCode, withConsumer(greet));
  const fieldsOf = (type: string, consumer: string) =>
    found.get(type)?.find((reads) => reads.consumer === consumer)?.fields;
  expect(fieldsOf('user-joined', 'greet')).toEqual(['userName']);
  expect(fieldsOf('followed', 'greet')).toEqual(['followeeId', 'relationshipId']);
  expect(fieldsOf('yubl-posted', 'greet')).toEqual(['text']);
  expect(fieldsOf('user-left', 'greet')).toEqual(['userId']);
  expect(fieldsOf('unfollowed', 'greet')).toEqual(['relationshipId']);
  expect(fieldsOf('yubl-deleted', 'greet')).toBeUndefined();
  // The others read what they read before.
  expect(fieldsOf('yubl-posted', 'index-search')?.join(' ')).toBe(READ_BY_HAND['yubl-posted']?.['index-search']);
});

test('who makes an event is found by sending every kind of change and event through the doors', async () => {
  const { events } = await deriveLineage(currentCode, openByHand);
  expect(Object.keys(events)).toEqual(eventTypes);
  const made = Object.fromEntries(
    Object.entries(events).map(([type, { producers }]) => [type, producers.flatMap(({ change }) => change ?? [])]),
  );
  // As the mappings of producers/legacy say.
  expect(made).toEqual({
    'user-joined': ['insert of users'],
    'user-profile-updated': ['update of users', 'replace of users'],
    'user-left': ['delete of users'],
    'yubl-posted': ['insert of yubls'],
    'yubl-deleted': ['delete of yubls'],
    followed: ['insert of relationships', 'update of relationships', 'replace of relationships'],
    unfollowed: ['update of relationships', 'replace of relationships', 'delete of relationships'],
    'notifications-read': [],
  });
  for (const { producers } of Object.values(events)) expect(producers).toContainEqual({ door: 'events' });
  expect(impactInWords({ events }, 'yubl-posted', 'text')).toBe(
    'Removing `text` of yubl-posted breaks feed and search.',
  );
  expect(impactInWords({ events }, 'followed', 'relationshipId')).toBe(
    'Removing `relationshipId` of followed breaks its subject.',
  );
});
