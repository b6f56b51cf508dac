import { isJsonObject } from '../../../events/json-object.ts';
import { type EventRow } from '../log/event-rows.ts';
import { rowOf } from './archived-lines.ts';

// An archive may come from anywhere, and a digest only proves that a file is the one in the manifest. So data to be
// restored, or called sound, is parsed as strictly as an envelope at the doors.

const NAME_CHARACTERS_MAX = 1024;
const TYPE = /^[a-z][a-z0-9-]{0,99}$/;
const SEQUENCE = /^[0-9]{0,20}$/;
const EXTENSIONS = ['causationid', 'traceparent', 'baggage', 'producerid', 'producerseq'] as const;

/** The row of an archived line. Throws with the reason if the line is not an event's envelope with an object as data.
 *  The content of the data is not checked: names and texts may be sealed or erased, and past versions had other
 *  rules. */
export function checkedRowOf(line: string, numberOf: (name: string) => number): EventRow {
  const envelope = objectIn(line, 'the line');
  for (const name of ['id', 'source'] as const) requireText(envelope, name, isName);
  for (const name of ['subject', 'partitionkey'] as const) requireText(envelope, name, (text) => text !== '');
  requireText(envelope, 'correlationid', () => true);
  for (const name of ['time', 'recordedtime'] as const) requireText(envelope, name, isInstant);
  for (const name of EXTENSIONS) if (envelope[name] !== undefined) requireText(envelope, name, () => true);
  requireText(envelope, 'type', (type) => TYPE.test(type));
  requireText(envelope, 'sequence', (sequence) => SEQUENCE.test(sequence));
  const { type } = envelope as { type: string };
  requireText(envelope, 'dataschema', (name) => /^[1-9][0-9]{0,8}$/.test(name.replace(`figtree:${type}:`, '')));
  if (envelope['specversion'] !== '1.0') throw new Error('specversion is not "1.0"');
  if (!Number.isSafeInteger(envelope['position']) || Number(envelope['position']) < 1)
    throw new Error('position is not a position');
  if (!isJsonObject(envelope['data'])) throw new Error('data is not an object');
  const row = rowOf(line, numberOf);
  // The two ways of reading the line must agree on where its data begins.
  if (JSON.stringify(JSON.parse(row[12])) !== JSON.stringify(envelope['data']))
    throw new Error('data is not the last field');
  return row;
}

export type Column = string | number | null;

/** The columns of an archived row of a table. Throws if it is not an object of texts and numbers. */
export function checkedColumns(line: string, blobs: readonly string[]): Readonly<Record<string, Column>> {
  const row = objectIn(line, 'the line');
  for (const [name, value] of Object.entries(row)) {
    const isColumn = value === null || typeof value === 'string' || Number.isSafeInteger(value);
    if (!isColumn) throw new Error(`${name} is neither a string nor a number`);
  }
  for (const name of blobs) requireText(row, name, (text) => /^(?:[0-9a-f]{2})*$/.test(text));
  if (typeof row['correlation'] === 'string') objectIn(row['correlation'], 'correlation');
  return row as Record<string, Column>;
}

function objectIn(text: string, what: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error(`${what} is not a JSON object`);
  return value;
}

function requireText(envelope: Record<string, unknown>, name: string, isRight: (text: string) => boolean): void {
  const value = envelope[name];
  if (typeof value !== 'string' || !isRight(value)) throw new Error(`${name} is not valid`);
}

function isName(text: string): boolean {
  return text !== '' && text.length <= NAME_CHARACTERS_MAX;
}

function isInstant(text: string): boolean {
  return text.length <= 40 && !Number.isNaN(Date.parse(text));
}
