import type { EventData, EventType } from '../../events/catalog.ts';

/** What an envelope says of an event besides its data. The catalog says it too, together with its parsers, which would bring
 *  zod into whatever publishes: a test keeps the two the same. */
interface EventFacts<Type extends EventType> {
  readonly version: number;
  /** The fields of the data that hold the subject and the partition key. */
  readonly subject: keyof EventData<Type> & string;
  readonly key: keyof EventData<Type> & string;
}

export const eventFacts: { readonly [Type in EventType]: EventFacts<Type> } = {
  'user-joined': { version: 1, subject: 'userId', key: 'userId' },
  'user-profile-updated': { version: 1, subject: 'userId', key: 'userId' },
  'user-left': { version: 1, subject: 'userId', key: 'userId' },
  'yubl-posted': { version: 2, subject: 'yublId', key: 'yublId' },
  'yubl-deleted': { version: 1, subject: 'yublId', key: 'yublId' },
  followed: { version: 1, subject: 'relationshipId', key: 'followerId' },
  unfollowed: { version: 1, subject: 'relationshipId', key: 'followerId' },
};
