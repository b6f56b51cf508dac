import * as fc from 'fast-check';
import { catalog, type EventData, type EventType } from '../../events/catalog.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { sequenceOf } from '../../events/sequence.ts';

// Histories of few people and few yubls, so that they collide often.
const hex = (kind: number, number: number) => (kind * 1000 + number).toString(16).padStart(24, '0');
export const personIds = [0, 1, 2].map((number) => hex(1, number));
const yublIdOf = (number: number) => hex(2, number);

/** How much is posted. */
export interface FeedSizes {
  /** Yubls of a history. */
  readonly yublsMax: number;
  /** How many are posted in a row. */
  readonly inARow: readonly number[];
  /** Yubls of the author who pushes others out of a feed, at most `yublsMax` less 20. */
  readonly prolific: number;
}

/** More than an engine packs together. */
export const manyYubls: FeedSizes = { yublsMax: 300, inARow: [1, 2, 40, 90], prolific: 250 };
/** For engines that pack nothing and are slow to answer. */
export const fewYubls: FeedSizes = { yublsMax: 60, inARow: [1, 2, 4, 9], prolific: 30 };

export const yublIdsOf = ({ yublsMax }: FeedSizes) => Array.from({ length: yublsMax }, (_, number) => yublIdOf(number));

type Step =
  | { readonly kind: 'follow'; readonly follower: number; readonly followee: number }
  | { readonly kind: 'unfollow'; readonly follower: number; readonly followee: number }
  | { readonly kind: 'post'; readonly author: number; readonly times: number }
  | { readonly kind: 'delete'; readonly yubl: number }
  | { readonly kind: 'leave'; readonly person: number };

const person = fc.integer({ min: 0, max: personIds.length - 1 });
const pair = fc.tuple(person, person).filter(([follower, followee]) => follower !== followee);

function stepOf({ yublsMax, inARow }: FeedSizes): fc.Arbitrary<Step> {
  const post = fc.record({ kind: fc.constant('post'), author: person, times: fc.constantFrom(...inARow) });
  const yubl = fc.integer({ min: 0, max: yublsMax - 1 });
  return fc.oneof(
    { weight: 6, arbitrary: pair.map(([follower, followee]) => ({ kind: 'follow', follower, followee }) as const) },
    { weight: 2, arbitrary: pair.map(([follower, followee]) => ({ kind: 'unfollow', follower, followee }) as const) },
    { weight: 6, arbitrary: post },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete'), yubl }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave'), person }) },
  );
}

/** Events in order of sequence; some of them share one, as the changes of one MongoDB transaction do. */
export function historiesOf(sizes: FeedSizes, stepsMax = 60): fc.Arbitrary<RecordedEvent[]> {
  return fc
    .array(fc.tuple(stepOf(sizes), fc.constantFrom(0, 1, 1, 5)), { maxLength: stepsMax, size: 'max' })
    .map((steps) => toEvents(steps, sizes.yublsMax));
}

export const histories = historiesOf(manyYubls);

/** One author's few yubls are pushed out of a feed by another's many, and the follower then unfollows the second. */
export function pushedOutHistory({ prolific }: FeedSizes): RecordedEvent[] {
  return inSteps([
    { kind: 'follow', follower: 0, followee: 1 },
    { kind: 'follow', follower: 0, followee: 2 },
    ...posts(1, 5),
    ...posts(2, prolific),
    { kind: 'unfollow', follower: 0, followee: 2 },
  ]);
}

/** One author's 20 yubls are pushed out of a feed by another's many; 20 of those remain, and their author posts once
 *  more at the end. */
export function prolificHistory({ prolific }: FeedSizes): RecordedEvent[] {
  return inSteps([
    { kind: 'follow', follower: 0, followee: 1 },
    { kind: 'follow', follower: 0, followee: 2 },
    ...posts(1, 20),
    ...posts(2, prolific),
    ...Array.from({ length: prolific - 20 }, (_, number): Step => ({ kind: 'delete', yubl: 20 + number })),
    ...posts(2, 1),
  ]);
}

/** Yubls of 120,000 bytes. */
export function longYublsHistory(): RecordedEvent[] {
  const events = inSteps([{ kind: 'follow', follower: 0, followee: 1 }, ...posts(1, 10)]);
  return events.map((event) =>
    event.type === 'yubl-posted' ? { ...event, data: { ...event.data, text: '\u0416'.repeat(60_000) } } : event,
  );
}

/** One at a time, so that each has its own sequence. */
function posts(author: number, times: number): Step[] {
  return Array.from({ length: times }, () => ({ kind: 'post', author, times: 1 }));
}

function inSteps(steps: readonly Step[]): RecordedEvent[] {
  return toEvents(
    steps.map((one) => [one, 1]),
    Infinity,
  );
}

function toEvents(steps: readonly (readonly [Step, number])[], yublsMax: number): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  let seconds = 1_456_124_520;
  let posted = 0;
  const add = <Type extends EventType>(type: Type, data: EventData<Type>) => {
    events.push(recorded(type, data, { position: events.length + 1, sequence: sequenceOf(seconds, 1) }));
  };
  for (const [one, pause] of steps) {
    // Follows and unfollows of one pair at the same instant would have no defined order.
    seconds += one.kind === 'follow' || one.kind === 'unfollow' ? Math.max(1, pause) : pause;
    if (one.kind === 'leave') add('user-left', { userId: personIds[one.person] ?? '' });
    else if (one.kind === 'delete') add('yubl-deleted', { yublId: yublIdOf(one.yubl) });
    else if (one.kind === 'follow' || one.kind === 'unfollow') {
      const ids = { followerId: personIds[one.follower] ?? '', followeeId: personIds[one.followee] ?? '' };
      const relationshipId = hex(3, events.length);
      if (one.kind === 'follow') add('followed', { relationshipId, ...ids, followedAt: '2016-02-22T07:02:00.000Z' });
      else add('unfollowed', { relationshipId, ...ids });
      seconds += 1;
    } else {
      for (let time = 0; time < one.times && posted < yublsMax; time += 1) {
        seconds += time % 7 === 0 ? 1 : 0;
        const yublId = yublIdOf(posted++);
        const text = `yubl ${posted}`;
        add('yubl-posted', {
          yublId,
          authorId: personIds[one.author] ?? '',
          text,
          postedAt: '2016-02-22T07:02:00.000Z',
        });
      }
    }
  }
  return events;
}

function recorded<Type extends EventType>(
  type: Type,
  data: EventData<Type>,
  { position, sequence }: { position: number; sequence: string },
): RecordedEvent {
  const definition = catalog[type];
  // The catalog's functions take the data of their own type; `type` and `data` match.
  const keyOf = definition.partitionKey as (data: EventData<Type>) => string;
  const id = `event-${position}`;
  return {
    specversion: '1.0',
    id,
    source: 'urn:test',
    type,
    time: '2016-02-22T07:02:00.000Z',
    datacontenttype: 'application/json',
    dataschema: definition.dataschema,
    subject: keyOf(data),
    partitionkey: keyOf(data),
    sequence,
    correlationid: id,
    recordedtime: '2016-02-22T07:02:00.000Z',
    position,
    data,
  } as unknown as RecordedEvent;
}

/** The same events in another order of arrival: any at all, which includes every order that keeps each key's own. */
export function arrivals(events: readonly RecordedEvent[]): fc.Arbitrary<RecordedEvent[]> {
  return fc.oneof(
    fc.constant<RecordedEvent[]>([...events]),
    fc.shuffledSubarray<RecordedEvent>([...events], { minLength: events.length, maxLength: events.length }),
  );
}
