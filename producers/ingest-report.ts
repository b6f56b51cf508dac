import type { EventEnvelope } from '../events/envelope.ts';
import type { Sequence } from '../events/sequence.ts';
import type { AppendOutcome } from '../ports/event-appender.ts';
import type { Refusal, Door } from '../ports/quarantine.ts';
import { NO_CORRELATION } from './build-event.ts';
import { type Reading, type Refused, refused } from './reading.ts';
import type { IncomingItem } from './incoming-item.ts';
import type { Correlation } from '../events/correlation.ts';
import { defined } from '../events/defined.ts';
import type { Problem } from '../events/errors.ts';
import type { SourceRule } from './event-sources.ts';

/** Calls with the same object are parts of one delivery, a file or a body, in order: repeated changes without tokens
 *  are detected within it. */
export interface Origin {
  readonly door: Door;
  /** The file's name or the route. */
  readonly origin: string;
  /** For events without their own. */
  readonly correlation?: Correlation;
  /** Which sources its events may use: `publishedSources` by default. */
  readonly sources?: SourceRule;
}

/** Every item is counted once: accepted + duplicates + quarantined + ignored = items. A change that produces two events
 *  is accepted if either is new, and quarantined if either conflicts with an event in the log. */
export interface IngestReport {
  readonly accepted: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** Changes without meaning for the catalog, for instance a new value of a field that no event carries. */
  readonly ignored: number;
  /** Position of the newest of the accepted events and duplicates; the log's head if there are none. 0 if the engine
   *  has no positions. */
  readonly position: number;
  /** The first 1,000 of them. */
  readonly problems: readonly ItemProblem[];
}

export interface ItemProblem extends Problem {
  /** Index in the input, from 0. */
  readonly index: number;
  /** The event's or the change's id, as far as it could be read. */
  readonly id?: string;
}

/** The outcome of a call's items after the log has answered. */
export interface Settled {
  readonly report: Omit<IngestReport, 'position'>;
  /** Position of the newest accepted event or duplicate, 0 if there is none. */
  readonly position: number;
  /** Items that the log rejected, because it holds other events with the same name. */
  readonly conflicts: readonly RefusedItem[];
}

export interface RefusedItem {
  readonly index: number;
  readonly refused: Refused;
}

const PROBLEMS_MAX = 1000;

export function eventsOf(readings: readonly Reading[]): EventEnvelope[] {
  const events: EventEnvelope[] = [];
  for (const reading of readings) if (reading.kind === 'events') for (const event of reading.events) events.push(event);
  return events;
}

export function refusedItems(readings: readonly Reading[]): RefusedItem[] {
  const items: RefusedItem[] = [];
  readings.forEach((reading, index) => {
    if (reading.kind === 'refused') items.push({ index, refused: reading });
  });
  return items;
}

/** `sequence` issues one for an event that may not state its own. */
export function refusalsOf(
  refusedOnes: readonly RefusedItem[],
  items: readonly IncomingItem[],
  { door, origin, correlation, sequence }: Origin & { readonly sequence: () => Sequence },
): Refusal[] {
  return refusedOnes.map(({ index, refused: { problem } }) => {
    const { text = '', fingerprint, named } = items[index] ?? {};
    return {
      door,
      origin,
      problem,
      raw: text,
      ...defined({ fingerprint, named }),
      ...(problem.code === 'EVENT_VERSION_NEWER' && { waiting: true }),
      ...(correlation !== undefined && correlation !== NO_CORRELATION && { correlation }),
      ...(door === 'events' && { sequence: sequence() }),
    };
  });
}

/** `outcomes` are those of `eventsOf(readings)`, in the same order. */
export function settle(readings: readonly Reading[], outcomes: readonly AppendOutcome[]): Settled {
  const counts = { appended: 0, duplicate: 0, conflict: 0, ignored: 0, refused: 0 };
  const problems: ItemProblem[] = [];
  const conflicts: RefusedItem[] = [];
  let taken = 0;
  let position = 0;

  readings.forEach((reading, index) => {
    let problem: Refused | undefined;
    if (reading.kind === 'events') {
      const own = outcomes.slice(taken, (taken += reading.events.length));
      const conflicting = own.findIndex(({ outcome }) => outcome === 'conflict');
      for (const one of own) if (one.outcome !== 'conflict' && one.position > position) position = one.position;
      if (conflicting >= 0) problem = conflict(reading.events[conflicting], own[conflicting]);
      if (problem !== undefined) conflicts.push({ index, refused: problem });
      counts[problem ? 'conflict' : own.some(({ outcome }) => outcome === 'appended') ? 'appended' : 'duplicate'] += 1;
    } else {
      counts[reading.kind] += 1;
      if (reading.kind === 'refused') problem = reading;
    }
    if (problem !== undefined && problems.length < PROBLEMS_MAX) problems.push(itemProblem(index, problem));
  });

  const { appended: accepted, duplicate: duplicates, ignored } = counts;
  const report = { accepted, duplicates, quarantined: counts.refused + counts.conflict, ignored, problems };
  return { report, position, conflicts };
}

function itemProblem(index: number, { problem, id }: Refused): ItemProblem {
  return { index, ...defined({ id }), ...problem };
}

function conflict(event: EventEnvelope | undefined, outcome: AppendOutcome | undefined): Refused {
  const name = `${event?.source} ${event?.id}`;
  const message = `${name} was already accepted with different content, at position ${outcome?.position}`;
  return refused({ code: 'EVENT_ID_CONFLICT', message }, event?.id);
}
