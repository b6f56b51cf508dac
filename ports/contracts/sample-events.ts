import { catalog, type EventData, type EventType } from '../../events/catalog.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { sequenceOf } from '../../events/sequence.ts';

// Events for tests that do not depend on what happened.

/** An ObjectId for a small number. */
export const idOf = (number: number) => number.toString(16).padStart(24, '0');

export interface Sample {
  readonly type?: EventType;
  /** The partition key is `idOf(key)`. */
  readonly key?: number;
  /** Samples with different variants have different data. */
  readonly variant?: number;
}

let made = 0;

/** An event of the catalog with a new id. `changes` override its attributes. */
export function sampleEvent(sample: Sample = {}, changes: Partial<EventEnvelope> = {}): EventEnvelope {
  const { type = 'yubl-posted', key = 1 } = sample;
  made += 1;
  const id = `sample-${made}`;
  const data = dataOf(sample)[type];
  const event = {
    specversion: '1.0',
    id,
    source: 'urn:test',
    type,
    time: TIME,
    datacontenttype: 'application/json',
    dataschema: catalog[type].dataschema,
    subject: 'relationshipId' in data ? data.relationshipId : idOf(key),
    partitionkey: idOf(key),
    sequence: sequenceOf(1_456_124_520, made),
    correlationid: changes.id ?? id,
    data,
    ...changes,
  };
  return event as EventEnvelope;
}

const TIME = '2016-02-22T07:02:00.000Z';

function dataOf({ key = 1, variant = 1 }: Sample): { [Type in EventType]: EventData<Type> } {
  const user = { userId: idOf(key) };
  const follow = { relationshipId: idOf(7000 + variant), followerId: idOf(key), followeeId: idOf(8000 + variant) };
  return {
    'user-joined': { ...user, userName: `name ${variant}`, joinedAt: TIME },
    'user-profile-updated': { ...user, lastName: `name ${variant}` },
    'user-left': user,
    'yubl-posted': { yublId: idOf(key), authorId: idOf(9000), text: `text ${variant}`, postedAt: TIME },
    'yubl-deleted': { yublId: idOf(key) },
    followed: { ...follow, followedAt: TIME },
    unfollowed: follow,
    'notifications-read': { ...user, readUpTo: `2016-02-22T07:02:00.${String(variant).padStart(3, '0')}Z` },
  };
}
