import type { EventEnvelope } from '../events/envelope.ts';
import type { Sequence } from '../events/sequence.ts';
import type { AppendOutcome } from '../ports/event-appender.ts';
import type { Refusal } from '../ports/quarantine.ts';
import { NO_CORRELATION } from './build-event.ts';
import type { IncomingItem } from './door-reader.ts';
import type { IngestReport, ItemProblem, Origin } from './ingest.ts';
import { type Reading, type Refused, refused } from './reading.ts';

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
      ...(fingerprint !== undefined && { fingerprint }),
      ...(named !== undefined && { named }),
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
  return { index, ...(id !== undefined && { id }), ...problem };
}

function conflict(event: EventEnvelope | undefined, outcome: AppendOutcome | undefined): Refused {
  const name = `${event?.source} ${event?.id}`;
  const message = `${name} was already accepted with different content, at position ${outcome?.position}`;
  return refused({ code: 'EVENT_ID_CONFLICT', message }, event?.id);
}
