import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { FigtreeError } from '../../../events/errors.ts';
import type { ArchivedRecord, Hour } from '../../../ports/event-archive.ts';
import { archivedLine, recordOfLine } from './archived-lines.ts';
import { compareSequenceNumbers } from '../sequence-numbers.ts';

/** The place of an object, which its name states completely. */
export interface ObjectName {
  readonly name: string;
  readonly hour: Hour;
  readonly shardId: string;
  readonly firstSeq: string;
  readonly lastSeq: string;
}

export const ROOT = 'events/v1/';

// A batch of the stream is the payload of one invocation, 6 MB at most; the whole text comes from that, with each byte
// of base64 escaped or not. Objects of ours never come near these limits.
export const OBJECT_BYTES_MAX = 64 * 2 ** 20;
const TEXT_BYTES_MAX = 4 * OBJECT_BYTES_MAX;
const LINES_MAX = 100_000;
const LINE_FEED = 10;

const packed = promisify(gzip);
const unpacked = promisify(gunzip);

export function hourOf(arrivedAt: string): Hour {
  return arrivedAt.slice(0, 13);
}

/** With a slash at its end. */
export function folderOf(hour: Hour): string {
  const [day = '', hours = ''] = hour.split('T');
  return `${ROOT}dt=${day}/hh=${hours}/`;
}

const NAME = /^events\/v1\/dt=(\d{4}-\d\d-\d\d)\/hh=(\d\d)\/shard=([\w.-]+)\/(\d+)-(\d+)\.ndjson\.gz$/;

/** Undefined if it is not an object of ours. */
export function parseName(name: string): ObjectName | undefined {
  const [, day = '', hours = '', shardId = '', firstSeq = '', lastSeq = ''] = NAME.exec(name) ?? [];
  return day === '' ? undefined : { name, hour: `${day}T${hours}`, shardId, firstSeq, lastSeq };
}

export interface PackedObject {
  readonly name: string;
  readonly content: Uint8Array;
}

/** One object for each shard and hour of the records: nearly always one per invocation. */
export async function packRecords(records: readonly ArchivedRecord[]): Promise<PackedObject[]> {
  const parts = Map.groupBy(records, ({ shardId, arrivedAt }) => `${shardId} ${hourOf(arrivedAt)}`);
  return Promise.all([...parts.values()].map(packPart));
}

async function packPart(records: readonly ArchivedRecord[]): Promise<PackedObject> {
  const sorted = records.toSorted((a, b) => compareSequenceNumbers(a.seq, b.seq));
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) throw new Error('nothing to pack');
  const name = `${folderOf(hourOf(first.arrivedAt))}shard=${first.shardId}/${first.seq}-${last.seq}.ndjson.gz`;
  if (parseName(name) === undefined)
    throw new FigtreeError('INTERNAL', `${name} is not the name of an archived object`);
  return { name, content: await packed(sorted.map((record) => `${archivedLine(record)}\n`).join('')) };
}

export interface UnpackedObject {
  readonly records: readonly ArchivedRecord[];
  /** The text's hash. */
  readonly sha256: string;
}

/** Throws, describing the object, if it is not what its name says. */
export async function unpackObject(content: Uint8Array, named: ObjectName): Promise<UnpackedObject> {
  const text = await unpacked(content, { maxOutputLength: TEXT_BYTES_MAX }).catch((error: unknown) => {
    throw new Error(isTooLong(error) ? `it unpacks to more than ${TEXT_BYTES_MAX} bytes` : 'it is not gzip data');
  });
  if (hasMoreLines(text)) throw new Error(`it has more than ${LINES_MAX} lines`);
  const lines = text.toString('utf8').split('\n');
  if (lines.pop() !== '') throw new Error('its last line is cut off');
  const records = lines.map(recordOfLine);
  const { shardId, firstSeq, lastSeq, hour } = named;
  const asNamed =
    records[0]?.seq === firstSeq &&
    records.at(-1)?.seq === lastSeq &&
    records.every((record) => record.shardId === shardId && hourOf(record.arrivedAt) === hour);
  if (!asNamed) throw new Error('its content does not match its name');
  return { records, sha256: hash('sha256', text) };
}

function isTooLong(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
}

/** Before each of them becomes a string. */
function hasMoreLines(text: Uint8Array): boolean {
  let lines = 0;
  for (let at = text.indexOf(LINE_FEED); at >= 0; at = text.indexOf(LINE_FEED, at + 1)) {
    lines += 1;
    if (lines > LINES_MAX) return true;
  }
  return false;
}
