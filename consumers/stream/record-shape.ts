import { writtenDown } from '../../events/reading/written-down.ts';
import type { Problem } from '../../events/errors.ts';
import type { Refusal } from '../../ports/quarantine.ts';
import type { MessageRecord, StreamRecord } from './lambda-events.ts';

// What Lambda hands over is as its event source mapping is set: a test event, a schedule or another source may be wired to a
// function by mistake. Such an event must neither end the function nor hold up what came with it.

/** The records of an event, none if it has none. */
export function recordsIn(event: unknown): readonly unknown[] {
  const { Records: records } = fieldsOf(event);
  return Array.isArray(records) ? records : [];
}

/** What a handler needs to put a record into the order of its key and to ask for it again. */
export function isStreamRecord(record: unknown): record is StreamRecord {
  const { partitionKey, sequenceNumber, data } = fieldsOf(fieldsOf(record)['kinesis']);
  const isOrdered = isName(partitionKey) && typeof sequenceNumber === 'string' && /^\d{1,128}$/.test(sequenceNumber);
  return isOrdered && typeof data === 'string';
}

export function isMessageRecord(record: unknown): record is MessageRecord {
  const { messageId, body } = fieldsOf(record);
  return isName(messageId) && typeof body === 'string';
}

/** For the quarantine, which keeps the whole record as JSON: what it lacks is not all that there is to know. */
export function refusedRecord(record: unknown, kind: 'stream' | 'queue'): Refusal {
  const needed = kind === 'stream' ? 'partitionKey, sequenceNumber and data' : 'messageId and body';
  const problem: Problem = {
    code: 'EVENT_INVALID',
    message: `This is not a ${kind} record: ${needed} are required (kept as JSON)`,
  };
  const { text, whole } = writtenDown(record ?? null);
  return { door: 'events', origin: originOf(record), problem, raw: text, ...(!whole && { fingerprint: text }) };
}

/** The name of the stream or queue, and of the record in it, as far as the record says them. */
export function originOf(record: unknown): string {
  const { eventSourceARN, eventSource, eventID, messageId } = fieldsOf(record);
  const source = [eventSourceARN, eventSource].find(isName) ?? 'unknown source';
  const name = [eventID, messageId].find(isName) ?? 'unknown record';
  return `${source.slice(source.lastIndexOf(':') + 1)} ${name}`.slice(0, ORIGIN_CHARACTERS_MAX).toWellFormed();
}

/** By which Lambda is asked for a record again. Empty for one that has no such name: Lambda takes that for a failure of the whole
 *  batch, and comes again with all of it. */
export function identifierOf(record: unknown): string {
  const { messageId, kinesis } = fieldsOf(record);
  return [fieldsOf(kinesis)['sequenceNumber'], messageId].find(isName) ?? '';
}

const ORIGIN_CHARACTERS_MAX = 512;

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
