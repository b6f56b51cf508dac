// Rows in the format of SQLite's files (https://www.sqlite.org/fileformat2.html#record_format), one behind the other in
// memory. A row that waits as an object, to be bound and inserted later, costs the garbage collector and SQLite three times
// as much as one that is encoded when it comes.

/** `key` is the column that is the row's number: the number stands beside the row and not in it. `hex` is a blob, told by its
 *  hex digits. */
export type ColumnKind = 'key' | 'integer' | 'text' | 'hex';
export type ColumnValue = string | number | null;

export interface BuildRecords {
  /** Gives the number of the record, counted up from 0. One value a column; null for the key. */
  add(values: readonly ColumnValue[]): number;
  count(): number;
  /** Where a record lies. Valid until the next call. */
  find(record: number): RecordPlace;
  bytes(): number;
}

export interface RecordPlace {
  bytes: Buffer;
  from: number;
  to: number;
}

const CHUNK_BYTES = 2 ** 20;
const SERIAL_TYPE_BYTES_MAX = 5;
const INTEGER_BYTES_MAX = 8;
const UTF8_BYTES_MAX = 3;

export function createBuildRecords(kinds: readonly ColumnKind[]): BuildRecords {
  const chunks: Buffer[] = [];
  const headerBytesMax = 1 + kinds.length * SERIAL_TYPE_BYTES_MAX;
  const serialTypes = kinds.map(() => 0);
  const place: RecordPlace = { bytes: Buffer.alloc(0), from: 0, to: 0 };
  // Of each record: its chunk, where it begins and where it ends.
  let places = new Uint32Array(3 * 1024);
  let records = 0;
  let chunk = Buffer.alloc(0);
  let used = 0;
  let allocated = 0;

  function makeRoom(values: readonly ColumnValue[]): void {
    let wanted = headerBytesMax;
    for (const value of values) wanted += typeof value === 'string' ? value.length * UTF8_BYTES_MAX : INTEGER_BYTES_MAX;
    if (used + wanted > chunk.length) {
      chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, wanted));
      allocated += chunk.length;
      chunks.push(chunk);
      used = 0;
    }
    if (3 * records < places.length) return;
    const grown = new Uint32Array(places.length * 2);
    grown.set(places);
    places = grown;
  }

  function add(values: readonly ColumnValue[]): number {
    makeRoom(values);
    // The header, whose length is known last, goes right before the body.
    const body = used + headerBytesMax;
    let at = body;
    let headerBytes = 1;
    for (let column = 0; column < kinds.length; column += 1) {
      const before = at;
      const value = values[column] ?? null;
      const kind = kinds[column];
      let type = 0;
      if (typeof value === 'number') {
        type = serialTypeOf(value);
        at = putInteger(chunk, at, value);
      } else if (value !== null) {
        at += kind === 'hex' ? chunk.write(value, at, 'hex') : chunk.write(value, at);
        type = (at - before) * 2 + (kind === 'hex' ? 12 : 13);
      }
      serialTypes[column] = type;
      headerBytes += varintBytes(type);
    }
    const from = body - headerBytes;
    let header = putVarint(chunk, from, headerBytes);
    for (const type of serialTypes) header = putVarint(chunk, header, type);
    places[3 * records] = chunks.length - 1;
    places[3 * records + 1] = from;
    places[3 * records + 2] = at;
    used = at;
    records += 1;
    return records - 1;
  }

  return {
    add,
    count: () => records,
    find(record) {
      place.bytes = chunks[places[3 * record] ?? 0] ?? chunk;
      place.from = places[3 * record + 1] ?? 0;
      place.to = places[3 * record + 2] ?? 0;
      return place;
    },
    bytes: () => allocated + places.byteLength,
  };
}

const SERIAL_ZERO = 8;
const SERIAL_ONE = 9;

/** A text, or the hex digits of a blob, if all columns before it are NULL. */
export function textOf({ bytes, from }: RecordPlace, column: number, encoding: 'utf8' | 'hex'): string {
  let at = from + serialTypeAt(column);
  let type = 0;
  do {
    type = type * 128 + ((bytes[at] ?? 0) & 127);
    at += 1;
  } while ((bytes[at - 1] ?? 0) >= 128);
  const body = from + (bytes[from] ?? 0);
  return bytes.toString(encoding, body, body + Math.floor((type - 12) / 2));
}

/** Where the serial type of a column stands, if those before it take a byte each. */
const serialTypeAt = (column: number) => 1 + column;

function serialTypeOf(value: number): number {
  if (value === 0) return SERIAL_ZERO;
  if (value === 1) return SERIAL_ONE;
  if (value < 2 ** 7) return 1;
  if (value < 2 ** 15) return 2;
  if (value < 2 ** 23) return 3;
  if (value < 2 ** 31) return 4;
  return value < 2 ** 47 ? 5 : 6;
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8];

/** No number in these files is negative. */
function putInteger(bytes: Buffer, at: number, value: number): number {
  const length = INTEGER_BYTES[serialTypeOf(value)] ?? 0;
  if (length === 8) {
    bytes.writeUInt32BE(Math.floor(value / 2 ** 32), at);
    bytes.writeUInt32BE(value % 2 ** 32, at + 4);
  } else if (length > 0) {
    bytes.writeUIntBE(value, at, length);
  }
  return at + length;
}

/** SQLite's varint of a number that is not negative: seven bits a byte, highest first. */
export function putVarint(bytes: Buffer, at: number, value: number): number {
  if (value < 128) {
    bytes[at] = value;
    return at + 1;
  }
  const end = at + varintBytes(value);
  let rest = value;
  for (let place = end - 1; place >= at; place -= 1) {
    const low = rest % 128;
    bytes[place] = place === end - 1 ? low : low + 128;
    rest = (rest - low) / 128;
  }
  return end;
}

export function varintBytes(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length += 1;
  return length;
}
