import { defined } from '../../events/defined.ts';
import { type CurrentCode, storedReader } from '../stored-reading.ts';
import { jsonTypeOf, undeclaredKeysOf } from './undeclared-keys.ts';
import { wireSchemaOf } from '../samples/wire-schema.ts';

/** The result of a scan of stored events, of all of them or of a part. */
export interface ScanFindings {
  readonly types: readonly TypeCount[];
  /** Most frequent first. */
  readonly failures: readonly ScanFailure[];
  readonly undeclared: readonly UndeclaredKey[];
  /** Kinds of failure and of key that were too many to be listed individually. */
  readonly untold: number;
}

export interface TypeCount {
  readonly type: string;
  readonly version: number;
  readonly events: number;
  readonly failed: number;
  /** Dropped by the upcasters. */
  readonly dropped: number;
}

export interface ScanFailure {
  readonly type: string;
  readonly version: number;
  /** The version of the schema or upcaster that fails. */
  readonly at: { readonly type: string; readonly version: number };
  readonly path: string;
  readonly message: string;
  readonly count: number;
  readonly first: StoredPlace;
}

/** A key that the version's schema does not declare: a new optional field with that name would meet these values. */
export interface UndeclaredKey {
  readonly type: string;
  readonly version: number;
  readonly path: string;
  /** How many values of each JSON type. */
  readonly jsonTypes: Readonly<Record<string, number>>;
  readonly count: number;
  readonly first: StoredPlace;
}

/** The place of an event: its position in a log, its line in an archive. */
export interface StoredPlace {
  readonly position: number;
  /** When it happened; absent until it is looked up. */
  readonly time?: string;
}

export interface ScannedEvent extends StoredPlace {
  readonly type: string;
  readonly version: number;
  readonly data: unknown;
}

export interface LogScan {
  add(event: ScannedEvent): void;
  /** Something that is not an event at all. */
  addBroken(place: StoredPlace, message: string): void;
  findings(): ScanFindings;
}

type Changing<Type> = { -readonly [Key in keyof Type]: Type[Key] };

const KINDS_MAX = 1000;
const NO_EVENT = '(no event)';

/** Reads every given event with the current code, and counts. */
export function createLogScan(code: CurrentCode): LogScan {
  const read = storedReader(code);
  const keysOf = undeclaredKeys(code);
  const types = new Map<string, Map<number, Changing<TypeCount>>>();
  const failures = new Map<string, Changing<ScanFailure>>();
  const undeclared = new Map<string, Changing<UndeclaredKey>>();
  let untold = 0;

  function countOf(type: string, version: number): Changing<TypeCount> {
    let versions = types.get(type);
    if (versions === undefined) types.set(type, (versions = new Map()));
    let count = versions.get(version);
    if (count === undefined) versions.set(version, (count = { type, version, events: 0, failed: 0, dropped: 0 }));
    return count;
  }
  function fail(event: ScannedEvent, failure: Pick<ScanFailure, 'at' | 'path' | 'message'>): void {
    const { type, version } = event;
    countOf(type, version).failed += 1;
    const path = failure.path.replace(/\.\d+(?=\.|$)/g, '[]');
    const kind = `${type} ${version} ${failure.at.type} ${failure.at.version} ${path} ${failure.message}`;
    const known = failures.get(kind);
    if (known !== undefined) known.count += 1;
    else if (failures.size < KINDS_MAX) {
      const { at, message } = failure;
      failures.set(kind, { type, version, at, path, message, count: 1, first: placeOf(event) });
    } else untold += 1;
  }
  function findKey(event: ScannedEvent, path: string, value: unknown): void {
    const { type, version } = event;
    const kind = `${type} ${version} ${path}`;
    let known = undeclared.get(kind);
    if (known === undefined) {
      if (undeclared.size >= KINDS_MAX) return void (untold += 1);
      known = { type, version, path, jsonTypes: {}, count: 0, first: placeOf(event) };
      undeclared.set(kind, known);
    }
    const jsonType = jsonTypeOf(value);
    known.count += 1;
    known.jsonTypes = { ...known.jsonTypes, [jsonType]: (known.jsonTypes[jsonType] ?? 0) + 1 };
  }

  return {
    add(event) {
      const { type, version, data } = event;
      const count = countOf(type, version);
      count.events += 1;
      const reading = read(type, version, data);
      if (reading.kind === 'failed') fail(event, reading);
      else if (reading.events.length === 0) count.dropped += 1;
      keysOf(type, version)?.(data, (path, value) => findKey(event, path, value));
    },
    addBroken(place, message) {
      countOf(NO_EVENT, 0).events += 1;
      const event = { type: NO_EVENT, version: 0, data: undefined, ...place };
      fail(event, { at: { type: NO_EVENT, version: 0 }, path: '', message });
    },
    findings: () => ({
      types: [...types.values()].flatMap((versions) => [...versions.values()]),
      failures: [...failures.values()],
      undeclared: [...undeclared.values()],
      untold,
    }),
  };
}

function placeOf({ position, time }: StoredPlace): StoredPlace {
  return { position, ...defined({ time }) };
}

type FindKeys = ReturnType<typeof undeclaredKeysOf>;

// Each version is compared with its own keys: keys declared by an old version are expected in it.
function undeclaredKeys({ current, past }: CurrentCode): (type: string, version: number) => FindKeys | undefined {
  const finders = new Map<string, FindKeys[]>();
  const known = [
    ...[...current].map(([type, { version, data }]) => ({ type, version, data })),
    ...past.map(({ type, version, data }) => ({ type, version, data })),
  ];
  for (const { type, version, data } of known) {
    const ofType = finders.get(type) ?? [];
    finders.set(type, ofType);
    ofType[version] ??= undeclaredKeysOf(wireSchemaOf(data));
  }
  return (type, version) => finders.get(type)?.[version];
}

/** Merges the scans of parts; their order does not matter. */
export function joinedFindings(parts: readonly ScanFindings[]): ScanFindings {
  const types = joined(
    parts.flatMap((part) => part.types),
    ({ type, version }) => `${type} ${version}`,
    (a, b) => ({ ...a, events: a.events + b.events, failed: a.failed + b.failed, dropped: a.dropped + b.dropped }),
  );
  const failures = joined(
    parts.flatMap((part) => part.failures),
    ({ type, version, at, path, message }) => JSON.stringify([type, version, at, path, message]),
    (a, b) => ({ ...a, count: a.count + b.count, first: earlier(a.first, b.first) }),
  );
  const undeclared = joined(
    parts.flatMap((part) => part.undeclared),
    ({ type, version, path }) => `${type} ${version} ${path}`,
    (a, b) => ({
      ...a,
      count: a.count + b.count,
      first: earlier(a.first, b.first),
      jsonTypes: summed(a.jsonTypes, b.jsonTypes),
    }),
  );
  return {
    types: types.toSorted(byName),
    failures: failures.toSorted((a, b) => b.count - a.count || a.first.position - b.first.position),
    undeclared: undeclared.toSorted((a, b) => byName(a, b) || (a.path < b.path ? -1 : 1)),
    untold: parts.reduce((sum, part) => sum + part.untold, 0),
  };
}

function joined<Item>(items: readonly Item[], keyOf: (item: Item) => string, join: (a: Item, b: Item) => Item): Item[] {
  const byKey = new Map<string, Item>();
  for (const item of items) {
    const key = keyOf(item);
    const known = byKey.get(key);
    byKey.set(key, known === undefined ? item : join(known, item));
  }
  return [...byKey.values()];
}

function earlier(a: StoredPlace, b: StoredPlace): StoredPlace {
  return b.position < a.position ? b : a;
}

function summed(a: UndeclaredKey['jsonTypes'], b: UndeclaredKey['jsonTypes']): Record<string, number> {
  const sum: Record<string, number> = { ...a };
  for (const [type, count] of Object.entries(b)) sum[type] = (sum[type] ?? 0) + count;
  return sum;
}

function byName(a: Pick<TypeCount, 'type' | 'version'>, b: Pick<TypeCount, 'type' | 'version'>): number {
  return a.type === b.type ? a.version - b.version : a.type < b.type ? -1 : 1;
}
