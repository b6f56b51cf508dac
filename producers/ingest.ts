import type { EventEnvelope } from '../events/envelope.ts';
import type { Sequence } from '../events/sequence.ts';
import type { ClockMark } from '../ports/clock-mark.ts';
import type { AppendOutcome, EventAppender } from '../ports/event-appender.ts';
import type { LegacyMemory } from '../ports/legacy-memory.ts';
import type { Door, Quarantine } from '../ports/quarantine.ts';
import { catalogUpcasters } from '../schema-registry/catalog-upcasters.ts';
import type { Upcasters } from '../schema-registry/upcasters.ts';
import { NO_CORRELATION } from './build-event.ts';
import type { DoorReader, DoorReadings } from './door-reader.ts';
import { publishedSources, withinSources } from './event-sources.ts';
import { eventsOf, refusalsOf, refusedItems, settle, type Origin, type IngestReport } from './ingest-report.ts';
import { LEGACY_SOURCE } from './legacy/change-events.ts';
import { legacyDoor } from './legacy/legacy-door.ts';
import { createHybridClock } from './publish/hybrid-clock.ts';
import { publishDoor } from './publish/publish-door.ts';
import { type Reading, refused } from './reading.ts';
import { onlyStorable } from './storable-events.ts';
import type { IncomingItem } from './incoming-item.ts';

export type { IncomingItem } from './incoming-item.ts';

/** The entry point for all input. */
export interface Ingest {
  /** Resolves once accepted items are durable and refused ones are in the quarantine. The items of a call keep their
   *  order, and so do calls, whether or not the previous one has resolved. Rejects if the log or the quarantine fails:
   *  then the same items may be sent again. */
  take(items: readonly IncomingItem[], from: Origin): Promise<IngestReport>;
}

export interface IngestParts {
  readonly log: EventAppender;
  readonly quarantine: Quarantine;
  readonly memory: LegacyMemory;
  readonly clockMark: ClockMark;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** The catalog's, if absent. */
  readonly upcasters?: Upcasters;
  /** The database whose changes count. Absent: those of every database. */
  readonly legacyDatabase?: string | undefined;
}

export function createIngest(parts: IngestParts): Ingest {
  const { log, quarantine, memory, clockMark, now = Date.now, upcasters = catalogUpcasters(), legacyDatabase } = parts;
  const clock = createHybridClock(now);
  const doors: Record<Door, DoorReader> = {
    legacy: legacyDoor(memory, { database: legacyDatabase }),
    events: publishDoor({ clock, now, upcasters }),
  };
  let begun: Promise<unknown> = Promise.resolve();
  // Undefined until it is loaded; later the part of it that is certainly durable.
  let mark: Sequence | undefined;

  async function startClock(): Promise<Sequence> {
    clock.startFrom((await clockMark.load()) ?? '');
    return clock.newest();
  }

  async function saveMark(newest: Sequence): Promise<void> {
    await clockMark.save(newest);
    if (mark === undefined || newest > mark) mark = newest;
  }

  async function read(items: readonly IncomingItem[], from: Origin): Promise<DoorReadings> {
    const rule = from.sources ?? publishedSources;
    const forbidden = from.door === 'legacy' ? rule(LEGACY_SOURCE) : undefined;
    // Nor is what such a publisher says about the monolith's relationships remembered.
    if (forbidden !== undefined) return { readings: items.map(() => refused(forbidden)), remembered: [] };
    const { readings, remembered } = await doors[from.door].read(items, from.correlation ?? NO_CORRELATION, from);
    return { readings: onlyStorable(readings).map((reading) => withinSources(reading, rule)), remembered };
  }

  // Everything that must be durable is passed on within one turn, so that it shares one fsync; the memory and the clock
  // first, because an event must not be stored without the state that its end or its successors depend on.
  async function begin(items: readonly IncomingItem[], from: Origin): Promise<Begun> {
    mark ??= await startClock();
    const { readings, remembered } = await read(items, from);
    const refusals = refusalsOf(refusedItems(readings), items, { ...from, sequence: clock.next });
    const events = eventsOf(readings);
    clock.observe(newestSequence(events));
    const kept = [
      clock.newest() > mark ? saveMark(clock.newest()) : undefined,
      remembered.length > 0 ? memory.remember(remembered) : undefined,
      refusals.length > 0 ? quarantine.add(refusals) : undefined,
    ];
    const outcomes = log.append(events);
    return { readings, written: Promise.all([outcomes, ...kept]) };
  }

  return {
    async take(items, from) {
      const beginning = begun.then(() => begin(items, from));
      // Stores only that it has begun, not its content.
      begun = beginning.then(
        () => undefined,
        () => undefined,
      );
      const { readings, written } = await beginning;
      const { report, position, conflicts } = settle(readings, (await written)[0]);
      if (conflicts.length > 0) {
        await quarantine.add(refusalsOf(conflicts, items, { ...from, sequence: clock.next }));
      }
      return { ...report, position: position > 0 ? position : await log.head() };
    },
  };
}

interface Begun {
  readonly readings: readonly Reading[];
  readonly written: Promise<readonly [readonly AppendOutcome[], ...unknown[]]>;
}

function newestSequence(events: readonly EventEnvelope[]): Sequence {
  let newest = '';
  for (const { sequence } of events) if (sequence > newest) newest = sequence;
  return newest;
}
