import { readKinesisPayload } from '../../events/carriers/payload-context.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import type { Problem } from '../../events/errors.ts';
import { isJsonObject } from '../../events/json-object.ts';
import type { Refusal } from '../../ports/quarantine.ts';
import { readEnvelope, type ReadingRules } from './envelope-reading.ts';
import type { StreamRecord } from './lambda-events.ts';
import { originOf } from './record-shape.ts';

/** The content of a stream's record: an event, one that no consumer handles, or a problem that retrying cannot fix. */
export type RecordReading =
  | { readonly kind: 'event'; readonly event: HandledEvent; readonly text: string }
  | { readonly kind: 'unwanted' }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const UNWANTED: RecordReading = { kind: 'unwanted' };

/** Never throws because of the record's content. */
export function readRecord(record: StreamRecord, rules: ReadingRules): RecordReading {
  const { data, partitionKey, approximateArrivalTimestamp } = record.kinesis;
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length !== bytesOfBase64(data)) return refusedBytes(record, 'The data of the record is not base64');
  const text = bytes.toString('utf8');
  // Invalid UTF-8 decodes to this character, and would be taken for what was published.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes)) return refusedBytes(record, notUtf8(bytes));
  const event = readText(text, { key: partitionKey, arrivedAtMs: approximateArrivalTimestamp * 1000 }, rules);
  if (event === undefined) return UNWANTED;
  return 'code' in event ? refused(record, event, { raw: text }) : { kind: 'event', event, text };
}

/** The same for the text of a record that was kept. */
export function readText(
  text: string,
  { key, arrivedAtMs }: { readonly key: string; readonly arrivedAtMs: number },
  rules: ReadingRules,
): HandledEvent | Problem | undefined {
  try {
    const { value, correlation } = readKinesisPayload(text);
    const envelope = isJsonObject(value) ? readEnvelope(value, { key, correlation }, rules) : NO_OBJECT;
    if (envelope === undefined || 'code' in envelope) return envelope;
    return Object.assign(envelope, { recordedtime: instantOf(arrivedAtMs) ?? envelope.time });
  } catch (error) {
    // Also thrown for input that is nested too deeply to parse.
    return { code: 'NOT_JSON', message: error instanceof Error ? error.message : String(error) };
  }
}

const REPLACEMENT = '\uFFFD';
const NO_OBJECT: Problem = { code: 'EVENT_INVALID', message: 'An event must be a JSON object' };

function instantOf(ms: number): string | undefined {
  return Math.abs(ms) < 8.64e15 ? new Date(Math.round(ms)).toISOString() : undefined;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The number of bytes that the text decodes to if it is only base64: Node ignores other characters. */
function bytesOfBase64(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return Math.floor(((text.length - padding) * 3) / 4);
}

/** Prefix of aggregated records of the Kinesis Producer Library, which hold several records in one. */
const AGGREGATED_MAGIC = [0xf3, 0x89, 0x9a, 0xc2];

function notUtf8(bytes: Uint8Array): string {
  return AGGREGATED_MAGIC.every((byte, index) => bytes[index] === byte)
    ? 'This record aggregates several others, as the Kinesis Producer Library does: turn its aggregation off'
    : 'The record is not UTF-8';
}

/** Bytes that are no text are kept unchanged, in base64. */
function refusedBytes(record: StreamRecord, reason: string): RecordReading {
  const { data } = record.kinesis;
  const problem: Problem = { code: 'NOT_JSON', message: `${reason} (kept in base64)` };
  return refused(record, problem, { raw: data, fingerprint: `base64 ${data}` });
}

function refused(record: StreamRecord, problem: Problem, kept: Pick<Refusal, 'raw' | 'fingerprint'>): RecordReading {
  return { kind: 'refused', refusal: { door: 'events', origin: originOf(record), problem, ...kept } };
}
