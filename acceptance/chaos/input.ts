import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { catalog, type EventData, type EventType } from '../../events/catalog.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { sequenceOf } from '../../events/sequence.ts';

/** The input: legacy changes, some as a file and some over HTTP, and events over HTTP. */
export interface ChaosInput {
  readonly imported: readonly string[];
  readonly posted: readonly string[];
  /** Each queue keeps its order; no partition key is in two of them. */
  readonly queues: readonly (readonly EventEnvelope[])[];
  /** The way by which an event of the log arrived. Each way keeps the order of each key; between them there is none. */
  readonly wayOf: (event: EventEnvelope) => string;
}

export type Random = () => number;

const SAMPLE = new URL('../../samples/irc-2016.changes.ndjson.gz', import.meta.url);
const SOURCE = 'urn:chaos';
const QUEUES = 3;

export function chaosInput(size: { readonly lines: number; readonly events: number }, random: Random): ChaosInput {
  const lines = gunzipSync(readFileSync(SAMPLE)).toString('utf8').trimEnd().split('\n').slice(0, size.lines);
  const imported = lines.slice(0, Math.ceil(lines.length * 0.9));
  const idsOf = (collection: string) =>
    imported
      .map((line) => JSON.parse(line) as { ns: { coll: string }; documentKey: { ['_id']: { $oid: string } } })
      .filter(({ ns }) => ns.coll === collection)
      .map(({ documentKey }) => documentKey['_id'].$oid);
  const users = idsOf('users');
  const yubls = idsOf('yubls');
  const events = Array.from({ length: size.events }, (_, number) => eventOf({ number, users, yubls }, random));
  const byQueue = Map.groupBy(events, ({ partitionkey }) => Number.parseInt(partitionkey.slice(-6), 16) % QUEUES);
  const posted = lines.slice(imported.length);
  // The sample is in the order of its cluster times.
  const postedFrom = posted[0] === undefined ? '~' : sequenceIn(posted[0]);
  const wayOf = ({ source, sequence }: EventEnvelope) =>
    source === SOURCE ? 'events' : sequence < postedFrom ? 'imported' : 'posted';
  return { imported, posted, queues: [...byQueue.values()], wayOf };
}

/** As much as the naive model can process. */
export function smallInput({ short, random }: { readonly short: boolean; readonly random: Random }): ChaosInput {
  return chaosInput(short ? { lines: 300, events: 300 } : { lines: 700, events: 700 }, random);
}

function sequenceIn(line: string): string {
  const { clusterTime } = JSON.parse(line) as { clusterTime: { $timestamp: { t: number; i: number } } };
  return sequenceOf(clusterTime.$timestamp.t, clusterTime.$timestamp.i);
}

interface Happening {
  readonly number: number;
  readonly users: string[];
  readonly yubls: string[];
}

const TYPES: readonly EventType[] = [
  ...Array<EventType>(10).fill('yubl-posted'),
  ...Array<EventType>(5).fill('followed'),
  ...Array<EventType>(2).fill('unfollowed'),
  ...Array<EventType>(2).fill('user-profile-updated'),
  ...Array<EventType>(2).fill('yubl-deleted'),
  'user-joined',
];
const USER_LEAVES_EVERY = 97;

/** An event about objects of the sample and of earlier events, or, now and then, something new. */
function eventOf({ number, users, yubls }: Happening, random: Random): EventEnvelope {
  const type = number % USER_LEAVES_EVERY === 1 ? 'user-left' : (pick(TYPES, random) ?? 'yubl-posted');
  const time = new Date(1_600_000_000_000 + number).toISOString();
  const newId = (0xc0ffee_000000 + number).toString(16).padStart(24, '0');
  const [userId, otherId] = [pick(users, random) ?? newId, pick(users, random) ?? newId];
  const follow = {
    relationshipId: newId,
    followerId: userId,
    followeeId: userId === otherId ? (users.find((id) => id !== userId) ?? newId) : otherId,
  };
  if (type === 'yubl-posted') yubls.push(newId);
  if (type === 'user-joined') users.push(newId);
  const data: { [Type in EventType]: EventData<Type> } = {
    'user-joined': { userId: newId, userName: `newcomer ${number}`, joinedAt: time },
    'user-profile-updated': { userId, lastName: `Renamed ${number}` },
    'user-left': { userId },
    'yubl-posted': { yublId: newId, authorId: userId, text: `chaos says ${number}`, postedAt: time },
    'yubl-deleted': { yublId: pick(yubls, random) ?? newId },
    followed: { ...follow, followedAt: time },
    unfollowed: follow,
    'notifications-read': { userId, readUpTo: time },
  };
  return envelopeOf({ type, data: data[type], time, number });
}

function envelopeOf(happened: { type: EventType; data: object; time: string; number: number }): EventEnvelope {
  const { type, data, time, number } = happened;
  // The catalog's functions accept the data of their own type, which `type` and `data` agree on.
  const { dataschema, subject, partitionKey } = catalog[type] as unknown as (typeof catalog)['user-left'];
  return {
    specversion: '1.0',
    id: `chaos-${number}`,
    source: SOURCE,
    type,
    time,
    datacontenttype: 'application/json',
    dataschema,
    subject: subject(data as EventData<'user-left'>),
    partitionkey: partitionKey(data as EventData<'user-left'>),
    sequence: sequenceOf(1_600_000_000, number),
    correlationid: `chaos-${number}`,
    data,
  } as EventEnvelope;
}

function pick<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items[Math.floor(random() * items.length)];
}
