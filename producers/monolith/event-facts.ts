import type { EventData, EventType } from '../../events/catalog.ts';

/** The envelope's facts about an event apart from its data. The catalog has them too, but together with its parsers,
 *  which would bring zod into every publisher: a test keeps the two equal. */
interface EventFacts<Type extends EventType> {
  readonly version: number;
  /** The fields of the data that contain the subject and the partition key. */
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
  'notifications-read': { version: 1, subject: 'userId', key: 'userId' },
};
