import { jsonTextOf } from '../../events/reading/json-text.ts';
import type { Problem } from '../../events/errors.ts';
import type { Refusal } from '../../ports/quarantine.ts';
import type { MessageRecord, StreamRecord } from './lambda-events.ts';

// The input of a function depends on its configuration: a test event, a schedule or another source may be connected by
// mistake. Such an event must neither crash the function nor block other records.

/** The records of an event; empty if it has none. */
export function recordsIn(event: unknown): readonly unknown[] {
  const { Records: records } = fieldsOf(event);
  return Array.isArray(records) ? records : [];
}

/** Whether a record has what a handler needs to order it within its key and to ask for it again. */
export function isStreamRecord(record: unknown): record is StreamRecord {
  const { partitionKey, sequenceNumber, data } = fieldsOf(fieldsOf(record)['kinesis']);
  const isOrdered = isName(partitionKey) && typeof sequenceNumber === 'string' && /^\d{1,128}$/.test(sequenceNumber);
  return isOrdered && typeof data === 'string';
}

export function isMessageRecord(record: unknown): record is MessageRecord {
  const { messageId, body } = fieldsOf(record);
  return isName(messageId) && typeof body === 'string';
}

/** For the quarantine, which keeps the whole record as JSON, not only what is missing in it. */
export function refusedRecord(record: unknown, kind: 'stream' | 'queue'): Refusal {
  const needed = kind === 'stream' ? 'partitionKey, sequenceNumber and data' : 'messageId and body';
  const problem: Problem = {
    code: 'EVENT_INVALID',
    message: `This is not a ${kind} record: ${needed} are required (kept as JSON)`,
  };
  const { text, whole } = jsonTextOf(record ?? null);
  return { door: 'events', origin: originOf(record), problem, raw: text, ...(!whole && { fingerprint: text }) };
}

/** The name of the stream or queue, and of the record in it, as far as the record has them. */
export function originOf(record: unknown): string {
  const { eventSourceARN, eventSource, eventID, messageId } = fieldsOf(record);
  const source = [eventSourceARN, eventSource].find(isName) ?? 'unknown source';
  const name = [eventID, messageId].find(isName) ?? 'unknown record';
  return `${source.slice(source.lastIndexOf(':') + 1)} ${name}`.slice(0, ORIGIN_CHARACTERS_MAX).toWellFormed();
}

/** The identifier by which Lambda redelivers a record. Empty if it has none: Lambda treats that as a failure of the
 *  whole batch, and redelivers all of it. */
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
