import * as fc from 'fast-check';
import { catalog, type EventData, type EventType } from '../../events/catalog.ts';
import { defined } from '../../events/defined.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { type Sequence, sequenceOf } from '../../events/sequence.ts';

// Histories of all events with few people and few yubls, so that they collide often.

const hex = (kind: number, number: number) => (kind * 4096 + number).toString(16).padStart(24, '0');
export const personIds = [0, 1, 2, 3, 4].map((number) => hex(1, number));
export const yublIds = Array.from({ length: 12 }, (_, number) => hex(2, number));

/** Names that are prefixes of others, or differ only in accents and case. */
const names = [
  'Ada',
  'ada',
  'Adá',
  'Ada Lovelace',
  'Lovelace',
  'Łovel',
  'o',
  'O’Hara',
  '_x',
  '李',
  '𝒜da',
  ' ',
  '',
] as const;
const words = [
  'tree',
  'Tréé',
  'figs',
  'the',
  'the-the',
  'løg',
  '李',
  '!',
  '🌳',
  'don’t',
  '东京都',
  'ភាសា\u200Bខ្មែរ',
] as const;

type Step =
  | { readonly kind: 'join'; readonly person: number; readonly names: JoiningNames }
  | { readonly kind: 'update'; readonly person: number; readonly names: Readonly<ProfileChange> }
  | { readonly kind: 'leave'; readonly person: number }
  | { readonly kind: 'read'; readonly person: number; readonly events: number }
  | { readonly kind: 'follow' | 'unfollow'; readonly follower: number; readonly followee: number }
  | { readonly kind: 'post'; readonly author: number; readonly yubl: number; readonly text: string }
  | { readonly kind: 'delete'; readonly yubl: number };

type JoiningNames = readonly [userName: string, firstName: string | undefined, lastName: string | undefined];
type ProfileChange = Omit<EventData<'user-profile-updated'>, 'userId'>;

const person = fc.nat({ max: personIds.length - 1 });
const yubl = fc.nat({ max: yublIds.length - 1 });
const name = fc.constantFrom<string[]>(...names);
const userName = fc.constantFrom<string[]>(...names.filter((one) => one !== ''));
const pair = fc.tuple(person, person).filter(([follower, followee]) => follower !== followee);
const edgeStep = (kind: 'follow' | 'unfollow') =>
  pair.map(([follower, followee]): Step => ({ kind, follower, followee }));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(person, userName, fc.option(name, { nil: undefined }), fc.option(name, { nil: undefined }))
      .map(([who, ...called]): Step => ({ kind: 'join', person: who, names: called })),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('update' as const),
      person,
      names: fc.record({ userName, firstName: fc.option(name), lastName: fc.option(name) }, { requiredKeys: [] }),
    }),
  },
  { weight: 1, arbitrary: person.map((who): Step => ({ kind: 'leave', person: who })) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('read' as const), person, events: fc.nat({ max: 50 }) }),
  },
  { weight: 8, arbitrary: edgeStep('follow') },
  { weight: 4, arbitrary: edgeStep('unfollow') },
  {
    weight: 6,
    arbitrary: fc
      .tuple(person, yubl, fc.array(fc.constantFrom(...words), { maxLength: 4 }))
      .map(([author, which, said]): Step => ({ kind: 'post', author, yubl: which, text: said.join(' ') })),
  },
  { weight: 2, arbitrary: yubl.map((which): Step => ({ kind: 'delete', yubl: which })) },
);

/** Events in order of sequence. Some share one, as the changes of one MongoDB transaction do, but never two of the same
 *  user, edge or yubl: those have an order. A user joins once, and a yubl is posted once. */
export const histories: fc.Arbitrary<RecordedEvent[]> = fc
  .array(fc.tuple(step, fc.constantFrom(0, 0, 1, 1, 2, 5000)), { maxLength: 50, size: 'max' })
  .map(toEvents);

function toEvents(steps: readonly (readonly [Step, number])[]): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  const once = new Set<string>();
  let changedNow = new Set<string>();
  let tick = 0;
  for (const [one, pause] of steps) {
    const subject = subjectOf(one);
    if ((one.kind === 'join' || one.kind === 'post') && once.size === once.add(subject).size) continue;
    const passed = pause === 0 && changedNow.has(subject) ? 1 : pause;
    if (passed > 0) changedNow = new Set();
    changedNow.add(subject);
    tick += passed;
    // Three ticks a second; ordinals so high that neighbours differ in their last digits only.
    const sequence = sequenceOf(1_456_124_520 + Math.floor(tick / 3), 3_000_000_000 + (tick % 3));
    events.push(toEvent(one, sequence, events.length + 1));
  }
  return events;
}

function subjectOf(one: Step): string {
  if (one.kind === 'post' || one.kind === 'delete') return `yubl ${one.yubl}`;
  return 'person' in one ? `user ${one.person}` : `edge ${one.follower} ${one.followee}`;
}

function toEvent(one: Step, sequence: Sequence, position: number): RecordedEvent {
  const instantOf = (number: number) => new Date(1_456_124_520_000 + number).toISOString();
  const at = instantOf(position);
  const make = <Type extends EventType>(type: Type, data: EventData<Type>) =>
    recordedEvent(type, data, { sequence, position });
  const relationshipId = hex(3, position);
  switch (one.kind) {
    case 'join': {
      const [calledUserName, firstName, lastName] = one.names;
      const called = defined({ firstName, lastName });
      return make('user-joined', { userId: personId(one.person), userName: calledUserName, ...called, joinedAt: at });
    }
    case 'update':
      return make('user-profile-updated', { userId: personId(one.person), ...one.names });
    case 'leave':
      return make('user-left', { userId: personId(one.person) });
    case 'read':
      return make('notifications-read', { userId: personId(one.person), readUpTo: instantOf(one.events) });
    case 'follow':
      return make('followed', { relationshipId, ...idsOf(one), followedAt: at });
    case 'unfollow':
      return make('unfollowed', { relationshipId, ...idsOf(one) });
    case 'post': {
      const ids = { yublId: yublIds[one.yubl] ?? '', authorId: personId(one.author) };
      return make('yubl-posted', { ...ids, text: one.text, postedAt: at });
    }
    case 'delete':
      break;
  }
  return make('yubl-deleted', { yublId: yublIds[one.yubl] ?? '' });
}

const personId = (number: number) => personIds[number] ?? '';

function idsOf({ follower, followee }: { readonly follower: number; readonly followee: number }) {
  return { followerId: personId(follower), followeeId: personId(followee) };
}

/** An event as the log returns it. */
export function recordedEvent<Type extends EventType>(
  type: Type,
  data: EventData<Type>,
  { sequence, position = 1 }: { readonly sequence: Sequence; readonly position?: number },
): RecordedEvent<Type> {
  const definition = catalog[type];
  // The catalog's functions take the data of their own type; `type` and `data` match.
  const keyOf = definition.partitionKey as (data: EventData<Type>) => string;
  const event = {
    specversion: '1.0',
    id: `event-${position}`,
    source: 'urn:test',
    type,
    time: '2016-02-22T07:02:00.000Z',
    datacontenttype: 'application/json',
    dataschema: definition.dataschema,
    subject: (definition.subject as (data: EventData<Type>) => string)(data),
    partitionkey: keyOf(data),
    sequence,
    correlationid: `event-${position}`,
    recordedtime: '2016-02-22T07:02:00.000Z',
    position,
    data,
  };
  return event as unknown as RecordedEvent<Type>;
}

/** The same events as they may arrive: in any order (including every order that keeps each key's own), some more than
 *  once. */
export function arrivals(events: readonly RecordedEvent[]): fc.Arbitrary<RecordedEvent[]> {
  const whole = { minLength: events.length, maxLength: events.length };
  return fc
    .tuple(
      fc.shuffledSubarray([...events], whole),
      fc.shuffledSubarray([...events], { maxLength: Math.min(5, events.length) }),
      fc.boolean(),
    )
    .map(([shuffled, again, inOrder]) => [...(inOrder ? events : shuffled), ...again]);
}
