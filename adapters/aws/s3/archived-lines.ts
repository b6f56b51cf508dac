import { isUtf8 } from 'node:buffer';
import type { ArchivedRecord } from '../../../ports/event-archive.ts';

// A line is {"shardId","seq","arrivedAt","partitionKey","envelope"}. JSON without a line break is stored verbatim, so
// numbers beyond JavaScript's range also survive. Other text is stored under "raw", other bytes under "base64": nothing
// is lost.

const ENVELOPE = ',"envelope":';
const RAW = ',"raw":';
const BASE64 = ',"base64":';
const FIELDS = [ENVELOPE, RAW, BASE64] as const;

export function archivedLine({ shardId, seq, arrivedAt, partitionKey, data }: ArchivedRecord): string {
  return `${JSON.stringify({ shardId, seq, arrivedAt, partitionKey }).slice(0, -1)}${dataField(data)}}`;
}

function dataField(data: Uint8Array): string {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (!isUtf8(bytes)) return `${BASE64}"${bytes.toString('base64')}"`;
  const text = bytes.toString('utf8');
  return isJsonLine(text) ? ENVELOPE + text : RAW + JSON.stringify(text);
}

function isJsonLine(text: string): boolean {
  if (/[\n\r]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Throws if the line is invalid. */
export function recordOfLine(line: string): ArchivedRecord {
  // Within a text every quote is escaped, so a match can only be the key; of the envelope's keys it is the first.
  const field = FIELDS.find((each) => line.includes(each));
  if (field === undefined) throw new Error('a line has no data');
  const at = line.indexOf(field);
  if (!line.endsWith('}')) throw new Error('a line has no end');
  const { shardId, seq, arrivedAt, partitionKey } = JSON.parse(`${line.slice(0, at)}}`) as Record<string, unknown>;
  const texts = [shardId, seq, arrivedAt, partitionKey];
  if (texts.some((text) => typeof text !== 'string')) throw new Error('a line is incomplete');
  const [one, two, three, four] = texts as [string, string, string, string];
  const value = line.slice(at + field.length, -1);
  return { shardId: one, seq: two, arrivedAt: three, partitionKey: four, data: dataOf(field, value) };
}

function dataOf(field: string, value: string): Uint8Array {
  if (field === ENVELOPE) return Buffer.from(value);
  const text = JSON.parse(value) as unknown;
  if (typeof text !== 'string') throw new Error('a line has invalid data');
  return Buffer.from(text, field === RAW ? 'utf8' : 'base64');
}
