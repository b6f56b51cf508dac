import * as fc from 'fast-check';
import { defined } from '../events/defined.ts';
import { catalog, type EventData, type EventType } from '../events/catalog.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { sequenceOf } from '../events/sequence.ts';
import type { Questions } from './answers.ts';

// Few users, few yubls and few words, so that everything that can collide does.
const PEOPLE = 5;
const YUBLS = 12;
const hex = (kind: number, number: number) => (kind * 1000 + number).toString(16).padStart(24, '0');
const userIdOf = (number: number) => hex(1, number);
const yublIdOf = (number: number) => hex(2, number);

/** The questions after each history. */
export const questions: Questions = {
  userIds: Array.from({ length: PEOPLE }, (_, number) => userIdOf(number)),
  yublIds: Array.from({ length: YUBLS }, (_, number) => yublIdOf(number)),
  names: ['a', 'ada', 'ADAM', 'b', 'bo', 'bob', 'ada bob', 'bo carl', 'x'],
  words: ['good', 'NIGHT', 'morning good', 'bob', 'ada night', 'absent'],
};

/** A user acts; actor and object are numbers. `together`: at the very moment of the step before. */
interface Step {
  readonly type: EventType;
  readonly person: number;
  readonly other: number;
  readonly yubl: number;
  readonly name: string;
  readonly optionalName: string | null | undefined;
  readonly text: string;
  readonly together: boolean;
  /** How many yubls are posted at once: enough of them push others out of feeds. */
  readonly times: number;
}

const name = fc.constantFrom('Ada', 'Adam', 'Bob', 'bo', 'Ada Bob', 'Carl Bo');
const person = fc.integer({ min: 0, max: PEOPLE - 1 });
const type = fc.oneof(
  { weight: 3, arbitrary: fc.constant<EventType>('user-joined') },
  { weight: 2, arbitrary: fc.constant<EventType>('user-profile-updated') },
  { weight: 8, arbitrary: fc.constantFrom<EventType>('followed', 'yubl-posted') },
  { weight: 3, arbitrary: fc.constantFrom<EventType>('unfollowed', 'yubl-deleted') },
  { weight: 1, arbitrary: fc.constant<EventType>('notifications-read') },
  { weight: 1, arbitrary: fc.constant<EventType>('user-left') },
);

const step: fc.Arbitrary<Step> = fc.record({
  type,
  person,
  other: person,
  yubl: fc.integer({ min: 0, max: YUBLS - 1 }),
  name,
  optionalName: fc.option(fc.option(name, { nil: null }), { nil: undefined }),
  text: fc.constantFrom('good morning', 'good night Ada', 'night night', 'Bob', 'morning Bob good'),
  together: fc.constantFrom(false, false, true),
  times: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 1, 90),
});

/** Events of all types in the order in which they happened, and the order in which they arrive: any that keeps
 *  the order of each partition key. */
export const histories: fc.Arbitrary<{ events: EventEnvelope[]; arrival: EventEnvelope[] }> = fc
  .array(step, { maxLength: 70, size: 'max' })
  .chain((steps) => {
    const events = happen(steps);
    const picks = fc.array(fc.nat(), { minLength: events.length, maxLength: events.length });
    return picks.map((picked) => ({ events, arrival: interleave(events, picked) }));
  });

function happen(steps: readonly Step[]): EventEnvelope[] {
  const events: EventEnvelope[] = [];
  const add = (each: Step) => events.push(envelopeOf(each, events.length, sequenceOf(1_456_124_520, ordinal)));
  const once = new Set<string>();
  let ordinal = 1;
  // No two events of one moment may share this, because their order would be undefined.
  let now = new Set<string>();
  for (const each of steps) {
    const { onceOnly, subject } = aboutOf(each);
    const impossible = subject === undefined || (onceOnly !== undefined && once.has(onceOnly));
    if (impossible) continue;
    if (onceOnly !== undefined) once.add(onceOnly);
    if (!each.together || now.has(subject)) {
      ordinal += 1;
      now = new Set();
    }
    if (subject !== '') now.add(subject);
    add(each);
    for (let more = 1; each.type === 'yubl-posted' && more < each.times; more += 1) {
      ordinal += more % 3 === 0 ? 1 : 0;
      add({ ...each, yubl: YUBLS + events.length });
    }
  }
  return events;
}

/** `onceOnly`: happens once in a life. No subject: cannot happen; an empty one: collides with nothing. */
function aboutOf({ type: happening, person: who, other, yubl }: Step): { onceOnly?: string; subject?: string } {
  switch (happening) {
    case 'user-joined':
      return { onceOnly: `join ${who}`, subject: `profile ${who}` };
    case 'user-profile-updated':
      return { subject: `profile ${who}` };
    case 'followed':
    case 'unfollowed':
      return who === other ? {} : { subject: 'follows' };
    case 'yubl-posted':
      return { onceOnly: `post ${yubl}`, subject: '' };
    case 'yubl-deleted':
    case 'user-left':
    case 'notifications-read':
      return { subject: '' };
    default:
      return happening satisfies never;
  }
}

function envelopeOf(each: Step, number: number, sequence: string): EventEnvelope {
  const time = new Date(1_456_124_520_000 + number).toISOString();
  const data = dataOf(each, number, time)[each.type];
  // The catalog's functions accept the data of their own type, which `type` and `data` agree on.
  const { dataschema, subject, partitionKey } = catalog[each.type] as (typeof catalog)['user-left'];
  return {
    specversion: '1.0',
    id: `event-${number}`,
    source: 'urn:test',
    type: each.type,
    time,
    datacontenttype: 'application/json',
    dataschema,
    subject: subject(data as EventData<'user-left'>),
    partitionkey: partitionKey(data as EventData<'user-left'>),
    sequence,
    correlationid: `event-${number}`,
    data,
  } as EventEnvelope;
}

function dataOf(each: Step, number: number, time: string): { [Type in EventType]: EventData<Type> } {
  const userId = userIdOf(each.person);
  const yublId = yublIdOf(each.yubl);
  const follow = { relationshipId: hex(3, number), followerId: userId, followeeId: userIdOf(each.other) };
  const { optionalName } = each;
  return {
    'user-joined': { userId, userName: each.name, ...(optionalName && { lastName: optionalName }), joinedAt: time },
    'user-profile-updated': {
      userId,
      ...(each.together && { userName: each.name }),
      ...defined({ firstName: optionalName }),
      ...(each.other % 2 === 0 && { lastName: each.name }),
    },
    'user-left': { userId },
    'yubl-posted': { yublId, authorId: userIdOf(each.other), text: each.text, postedAt: time },
    'yubl-deleted': { yublId },
    followed: { ...follow, followedAt: time },
    unfollowed: follow,
    'notifications-read': { userId, readUpTo: time },
  };
}

/** Reorders the events: each pick takes the next event of one of the keys that still have some. */
function interleave(events: readonly EventEnvelope[], picks: readonly number[]): EventEnvelope[] {
  const queues = [...Map.groupBy(events, ({ partitionkey }) => partitionkey).values()].map((queue) => [...queue]);
  return picks.flatMap((pick) => {
    const waiting = queues.filter((queue) => queue.length > 0);
    return waiting[pick % waiting.length]?.shift() ?? [];
  });
}
