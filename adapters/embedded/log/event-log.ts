import { EventEmitter } from 'eventemitter3';
import { type EventEnvelope, versionOf } from '../../../events/envelope.ts';
import type { AppendOutcome } from '../../../ports/event-appender.ts';
import type { EventLog } from '../../../ports/event-log.ts';
import type { DurableFile } from '../files/durable-file.ts';
import { readEventNames } from './event-rows.ts';
import { type ArchivedRange, logTrimming } from './trimming.ts';
import { type DataSealing, plainData } from '../keys/sealed-data.ts';
import { eventLogReader } from './event-log-reader.ts';
import { type TrimmedEvents, trimmedEvents } from './trimmed-events.ts';

/** A log whose start can be removed once an archive holds it. */
export interface TrimmableEventLog extends EventLog {
  /** In one transaction, which publishers wait for: pass small ranges. */
  trim(range: ArchivedRange): Promise<void>;
  /** The first position that is present, 0 if there is none. */
  firstPosition(): number;
}

export interface EventLogOptions {
  readonly now?: () => number;
  readonly sealing?: DataSealing;
}

/** The event log in a durable file. The only writer: positions are assigned here, without gaps, in order of commit. */
export function openSqliteEventLog(
  file: DurableFile,
  { now = Date.now, sealing = plainData }: EventLogOptions = {},
): TrimmableEventLog {
  const { database } = file;
  const names = readEventNames(database);
  const trimmed = trimmedEvents(database);
  const reader = eventLogReader(database, names, sealing);
  const notices = new EventEmitter<{ appended: [head: number] }>();
  const append = appender(file, { names, trimmed, sealing });
  const trim = logTrimming(database, { names, trimmed, sealing });
  let announced = append.head();

  return {
    ...reader,
    async append(events) {
      if (events.length === 0) return [];
      const data = events.map(sealing.encode);
      const outcomes = await file.enqueue(() => {
        sealing.beforeCommit();
        return append.all(events, data, now());
      });
      // Calls that shared a commit resolve one after the other: the first announces the head for all of them.
      if (append.head() > announced) notices.emit('appended', (announced = append.head()));
      return outcomes;
    },
    trim: (range) => file.enqueue(() => trim.remove(range)),
    firstPosition: trim.firstPosition,
    onAppended(listener) {
      notices.on('appended', listener);
      return () => notices.off('appended', listener);
    },
    close: async () => void notices.removeAllListeners(),
  };
}

interface Appender {
  head(): number;
  /** `data` is the stored data of the events. */
  all(events: readonly EventEnvelope[], data: readonly string[], recordedMs: number): AppendOutcome[];
}

interface AppenderParts {
  readonly names: ReturnType<typeof readEventNames>;
  readonly trimmed: TrimmedEvents;
  readonly sealing: DataSealing;
}

function appender(file: DurableFile, { names, trimmed, sealing }: AppenderParts): Appender {
  const { database } = file;
  const insert = database.prepare(
    'INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const insertName = database.prepare('INSERT INTO event_name (name) VALUES (?) ON CONFLICT DO NOTHING');
  const find = database.prepare(
    'SELECT position, type, version, key, subject, data FROM event WHERE id = ? AND source = ?',
  );
  const readHead = database.prepare('SELECT coalesce(max(position), 0) AS head FROM event');
  let head = (readHead.get() as { head: number }).head;
  file.onRollback(() => {
    head = (readHead.get() as { head: number }).head;
    names.forget();
    trimmed.forget();
  });

  function numberOf(name: string): number {
    const known = names.numberOf(name);
    if (known !== undefined) return known;
    insertName.run(name);
    return names.numberOf(name) ?? Number.NaN;
  }

  function one(event: EventEnvelope, data: string, recordedMs: number): AppendOutcome {
    const source = numberOf(event.source);
    const type = numberOf(event.type);
    const subject = event.subject === event.partitionkey ? null : event.subject;
    const before = trimmed.find(event, () => ({
      type: event.type,
      key: event.partitionkey,
      subject,
      data: sealing.impersonal(event.dataschema, data),
    }));
    if (before !== undefined) return { outcome: before.same ? 'duplicate' : 'conflict', position: before.position };
    const { changes } = insert.run(
      head + 1,
      event.id,
      source,
      type,
      versionOf(event.dataschema),
      event.partitionkey,
      subject,
      event.sequence,
      event.time,
      recordedMs,
      event.correlationid === event.id ? null : event.correlationid,
      extensionsOf(event),
      data,
    );
    if (changes === 1) return { outcome: 'appended', position: ++head };
    // The content of an event is its type, key, subject and data. Recording time and request are ignored, because they
    // differ in a second delivery.
    const first = find.get(event.id, source) as unknown as StoredEvent;
    const same =
      first.type === type &&
      first.key === event.partitionkey &&
      first.subject === subject &&
      sealing.says(first, event);
    return { outcome: same ? 'duplicate' : 'conflict', position: first.position };
  }

  return {
    head: () => head,
    all: (events, data, recordedMs) => events.map((event, index) => one(event, data[index] ?? '', recordedMs)),
  };
}

interface StoredEvent {
  position: number;
  type: number;
  version: number;
  key: string;
  subject: string | null;
  data: string;
}

function extensionsOf(event: EventEnvelope): string | null {
  const { causationid, traceparent, baggage, producerid, producerseq } = event;
  if ((causationid ?? traceparent ?? baggage ?? producerid ?? producerseq) === undefined) return null;
  return JSON.stringify({ causationid, traceparent, baggage, producerid, producerseq });
}
