/** Numbers by id, for very many ids of 24 hex digits. A Map would keep every id as a string, for the garbage collector to copy
 *  and to walk; here an id is three numbers among others. */
export interface BuildIds {
  get(id: string): number | undefined;
  set(id: string, value: number): void;
  /** Sets it unless there is one already, and gives that one. */
  insert(id: string, value: number): number | undefined;
  delete(id: string): void;
  size(): number;
  /** With the ids that were deleted left out; or those alone that have a value. */
  entries(only?: number): Iterable<readonly [id: string, value: number]>;
  bytes(): number;
}

const WIDTH = 4;
const VALUE = 3;
// In place of a value: nothing was ever here, and something was.
const EMPTY = 0;
const DELETED = 1;
const FIRST_VALUE = 2;
const CAPACITY_AT_FIRST = 2 ** 12;

export function createBuildIds(): BuildIds {
  let slots = new Uint32Array(CAPACITY_AT_FIRST * WIDTH);
  // Slots that are not empty, and those of them that hold an id.
  let used = 0;
  let size = 0;
  const parts = new Uint32Array(3);

  function placeOf(id: string): number {
    parse(id, parts);
    return placeIn(slots, parts, 0);
  }

  function placeToPut(id: string): number {
    if (used * WIDTH * 2 >= slots.length) {
      slots = grown(slots);
      used = size;
    }
    return placeOf(id);
  }

  /** The id whose place it is has just been looked for. */
  function put(at: number, value: number): void {
    const before = slots[at + VALUE] ?? EMPTY;
    if (before === EMPTY) used += 1;
    if (before < FIRST_VALUE) {
      size += 1;
      slots[at] = parts[0] ?? 0;
      slots[at + 1] = parts[1] ?? 0;
      slots[at + 2] = parts[2] ?? 0;
    }
    slots[at + VALUE] = value + FIRST_VALUE;
  }

  return {
    get(id) {
      const value = slots[placeOf(id) + VALUE] ?? EMPTY;
      return value < FIRST_VALUE ? undefined : value - FIRST_VALUE;
    },
    set(id, value) {
      put(placeToPut(id), value);
    },
    insert(id, value) {
      const at = placeToPut(id);
      const before = slots[at + VALUE] ?? EMPTY;
      if (before >= FIRST_VALUE) return before - FIRST_VALUE;
      put(at, value);
      return undefined;
    },
    delete(id) {
      const at = placeOf(id);
      if ((slots[at + VALUE] ?? EMPTY) < FIRST_VALUE) return;
      slots[at + VALUE] = DELETED;
      size -= 1;
    },
    size: () => size,
    entries: (only) => entriesOf(slots, only),
    bytes: () => slots.byteLength,
  };
}

/** Where the id of the three numbers at `from` is, or where it may be put. */
function placeIn(slots: Uint32Array, numbers: Uint32Array, from: number): number {
  const a = numbers[from] ?? 0;
  const b = numbers[from + 1] ?? 0;
  const c = numbers[from + 2] ?? 0;
  const last = slots.length / WIDTH - 1;
  let free = -1;
  let hash = Math.imul(a ^ Math.imul(b, 0x9e3779b1) ^ Math.imul(c, 0x85ebca6b), 0xc2b2ae35);
  hash ^= hash >>> 15;
  for (let slot = hash & last; ; slot = (slot + 1) & last) {
    const at = slot * WIDTH;
    const value = slots[at + VALUE];
    if (value === EMPTY) return free < 0 ? at : free;
    if (value === DELETED) free = free < 0 ? at : free;
    else if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c) return at;
  }
}

/** With twice the room, and without what was deleted. */
function grown(before: Uint32Array): Uint32Array<ArrayBuffer> {
  const slots = new Uint32Array(before.length * 2);
  for (let at = 0; at < before.length; at += WIDTH) {
    if ((before[at + VALUE] ?? EMPTY) < FIRST_VALUE) continue;
    const place = placeIn(slots, before, at);
    for (let part = 0; part < WIDTH; part += 1) slots[place + part] = before[at + part] ?? 0;
  }
  return slots;
}

function* entriesOf(slots: Uint32Array, only?: number): Iterable<readonly [id: string, value: number]> {
  for (let at = 0; at < slots.length; at += WIDTH) {
    const value = slots[at + VALUE] ?? EMPTY;
    if (value < FIRST_VALUE || (only !== undefined && value !== only + FIRST_VALUE)) continue;
    yield [digitsOf(slots.subarray(at, at + VALUE)), value - FIRST_VALUE];
  }
}

function digitsOf(parts: Uint32Array): string {
  return Array.from(parts, (part) => part.toString(16).padStart(8, '0')).join('');
}

/** The three numbers of 32 bits that the digits spell. */
function parse(id: string, parts: Uint32Array): void {
  for (let part = 0; part < 3; part += 1) {
    let number = 0;
    for (let at = part * 8; at < part * 8 + 8; at += 1) {
      const code = id.charCodeAt(at);
      number = (number << 4) | (code < 58 ? code - 48 : code - 87);
    }
    parts[part] = number;
  }
}
