import { type Finding, expected } from '../../events/reading/findings.ts';
import { utcInstant } from '../../events/instant.ts';
import { isJsonObject } from '../../events/json-object.ts';
import { isUint32 } from '../../events/sequence.ts';

// Readers of MongoDB's Extended JSON v2, relaxed and canonical, and of the plain values that custom exporters write
// instead. Each returns undefined and adds a finding if the value is none of these.

const OBJECT_ID = /^[0-9a-f]{24}$/i;

/** `{ "$oid": hex }` or the hex alone; lower case. */
export function readObjectId(value: unknown, path: string, findings: Finding[]): string | undefined {
  const hex = isJsonObject(value) ? value['$oid'] : value;
  if (typeof hex === 'string' && OBJECT_ID.test(hex)) return hex.toLowerCase();
  findings.push(expected(path, 'an ObjectId', value));
  return undefined;
}

/** `{ "$date": ISO text | milliseconds | { "$numberLong": milliseconds } }`, or any of the three alone. Returns ISO
 *  8601, UTC, milliseconds. Text without an offset is refused, because it would mean different instants on different
 *  machines. */
export function readInstant(value: unknown, path: string, findings: Finding[]): string | undefined {
  const inner = isJsonObject(value) && '$date' in value ? value['$date'] : value;
  const instant = typeof inner === 'string' ? instantOfText(inner) : instantOfMs(readInteger(inner));
  if (instant === undefined) findings.push(expected(path, 'a date', value));
  return instant;
}

/** `{ "$timestamp": { "t": seconds, "i": ordinal } }` */
export function readTimestamp(
  value: unknown,
  path: string,
  findings: Finding[],
): { readonly seconds: number; readonly ordinal: number } | undefined {
  const inner = isJsonObject(value) ? value['$timestamp'] : undefined;
  if (isJsonObject(inner)) {
    const seconds = readInteger(inner['t']);
    const ordinal = readInteger(inner['i']);
    if (seconds !== undefined && ordinal !== undefined && isUint32(seconds) && isUint32(ordinal)) {
      return { seconds, ordinal };
    }
  }
  findings.push(expected(path, 'a timestamp', value));
  return undefined;
}

function readInteger(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (!isJsonObject(value)) return undefined;
  const digits = value['$numberLong'] ?? value['$numberInt'];
  return typeof digits === 'string' && /^-?[0-9]{1,15}$/.test(digits) ? Number(digits) : undefined;
}

const YEAR_0_MS = Date.parse('0000-01-01T00:00:00.000Z');
const YEAR_9999_END_MS = Date.parse('9999-12-31T23:59:59.999Z');

function instantOfMs(ms: number | undefined): string | undefined {
  return ms !== undefined && ms >= YEAR_0_MS && ms <= YEAR_9999_END_MS ? new Date(ms).toISOString() : undefined;
}

const ISO_8601 = /^\d{4}-\d\d-(\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/;

// A change and its document usually carry the same instant, so every second lookup hits this cache.
let lastText = '';
let lastInstant: string | undefined;

function instantOfText(text: string): string | undefined {
  if (text !== lastText) {
    lastInstant = parseInstant(text);
    lastText = text;
  }
  return lastInstant;
}

// Forms that exporters write although RFC 3339 excludes them: no seconds, an offset without a colon, midnight as 24:00.
function parseInstant(text: string): string | undefined {
  const instant = utcInstant(text);
  if (instant !== undefined) return instant;
  const day = ISO_8601.exec(text)?.[1];
  if (day === undefined) return undefined;
  // Date.parse turns 30 February into 1 March, so the day is checked separately.
  if (day > '28' && new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate() !== Number(day)) return undefined;
  // It also requires a colon in the offset, which mongoexport omits.
  const ms = Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(ms) ? undefined : instantOfMs(ms);
}
