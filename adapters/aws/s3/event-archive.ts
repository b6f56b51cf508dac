import { FigtreeError } from '../../../events/errors.ts';
import type {
  ArchivedPage,
  ArchivedRecord,
  ArchivePlace,
  EventArchive,
  Hour,
  HourManifest,
  ManifestedObject,
  TimeRange,
} from '../../../ports/event-archive.ts';
import { batchesOf } from '../../../resilience/batches.ts';
import {
  folderOf,
  hourOf,
  OBJECT_BYTES_MAX,
  type ObjectName,
  packRecords,
  parseName,
  ROOT,
  type UnpackedObject,
  unpackObject,
} from './archived-objects.ts';
import { hourManifest, MANIFEST, MANIFEST_BYTES_MAX, parseHourManifest } from './hour-manifest.ts';
import { mergedRecords } from './merged-records.ts';
import { openS3Objects, type S3Objects, type S3Place } from './objects.ts';
import { compareSequenceNumbers } from '../sequence-numbers.ts';

/** The contents of an hour: its objects in order of name, and its manifest. */
interface ListedHour {
  readonly objects: readonly ObjectName[];
  readonly manifest: HourManifest | undefined;
  readonly noted: ReadonlyMap<string, ManifestedObject>;
}

const CLOSING_AT_ONCE = 8;

/** An archive of `events/v1/dt=YYYY-MM-DD/hh=HH/shard=<id>/<firstSeq>-<lastSeq>.ndjson.gz`. A retry needs no
 *  `If-None-Match`, because it writes the same again. */
export function openS3EventArchive(at: S3Place): EventArchive {
  const store = openS3Objects(at);
  const { place } = store;

  async function put(records: readonly ArchivedRecord[]): Promise<void> {
    const objects = await packRecords(records);
    await Promise.all(objects.map(({ name, content }) => store.put(name, content)));
  }

  async function closeHour(hour: Hour): Promise<HourManifest | undefined> {
    const { objects, manifest, noted } = await listHour(store, hour);
    if (objects.length === 0) return undefined;
    if (manifest !== undefined && objects.every(({ name }) => noted.has(name))) return manifest;
    const entries: ManifestedObject[] = [];
    for (const some of batchesOf(objects, { countMax: CLOSING_AT_ONCE })) {
      entries.push(...(await Promise.all(some.map(async (one) => noted.get(one.name) ?? entryOf(one)))));
    }
    const closed = hourManifest(hour, entries);
    await store.put(folderOf(hour) + MANIFEST, new TextEncoder().encode(`${JSON.stringify(closed, null, 1)}\n`));
    return closed;
  }

  async function entryOf(named: ObjectName): Promise<ManifestedObject> {
    const { records, sha256 } = await load(store, named);
    const instants = records.map(({ arrivedAt }) => arrivedAt).toSorted();
    const [firstArrivedAt = '', lastArrivedAt = ''] = [instants[0], instants.at(-1)];
    return { name: named.name, records: records.length, firstArrivedAt, lastArrivedAt, sha256 };
  }

  async function* read(range: TimeRange, after?: ArchivePlace): AsyncGenerator<ArchivedPage, void> {
    for (const hour of await hoursIn(store, range)) {
      if (after !== undefined && hour < after.hour) continue;
      const listed = await listHour(store, hour);
      for await (const records of recordsOf(listed, after?.hour === hour ? after : undefined)) {
        const wanted = records.filter(({ arrivedAt }) => arrivedAt >= range.from && arrivedAt < range.to);
        const last = wanted.at(-1);
        if (last !== undefined) yield { records: wanted, place: { hour, shardId: last.shardId, seq: last.seq } };
      }
    }
  }

  async function* recordsOf(listed: ListedHour, after?: ArchivePlace): AsyncGenerator<ArchivedRecord[], void> {
    const loading = async (named: ObjectName) => (await loadNoted(store, named, listed.noted)).records;
    const byShard = Map.groupBy(listed.objects, ({ shardId }) => shardId);
    for (const [shardId, objects] of [...byShard].toSorted(([a], [b]) => compareShards(a, b))) {
      const order = after === undefined ? 1 : compareShards(shardId, after.shardId);
      if (order < 0) continue;
      const isBehind = (seq: string) => after === undefined || order > 0 || compareSequenceNumbers(seq, after.seq) > 0;
      const left = objects.filter(({ lastSeq }) => isBehind(lastSeq));
      for await (const records of mergedRecords(left, loading)) yield records.filter(({ seq }) => isBehind(seq));
    }
  }

  return { place, put, closeHour, hours: (range) => hoursIn(store, range), read };
}

// A shard's number grows with its age, and will get another digit eventually.
function compareShards(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : Number(a > b));
}

async function hoursIn(store: S3Objects, { from, to }: TimeRange): Promise<Hour[]> {
  if (from >= to) return [];
  const hours: Hour[] = [];
  for (const day of await store.folders(`${ROOT}dt=`)) {
    if (day < from.slice(0, 10) || day > to.slice(0, 10)) continue;
    for (const hour of await store.folders(`${ROOT}dt=${day}/hh=`)) hours.push(`${day}T${hour}`);
  }
  return hours.filter((hour) => hour >= hourOf(from) && `${hour}:00:00.000Z` < to);
}

/** Throws ARCHIVE_DAMAGED if something is lost that existed when the hour was closed. */
async function listHour(store: S3Objects, hour: Hour): Promise<ListedHour> {
  const folder = folderOf(hour);
  const names = await store.list(folder);
  const found = new Set(names);
  const manifest = found.has(folder + MANIFEST) ? await readManifest(store, hour) : undefined;
  const lost = manifest?.objects.find(({ name }) => !found.has(name));
  if (lost !== undefined) throw damaged(store, lost.name, 'it is missing');
  const noted = new Map((manifest?.objects ?? []).map((one) => [one.name, one]));
  return { objects: names.flatMap((name) => parseName(name) ?? []), manifest, noted };
}

async function readManifest(store: S3Objects, hour: Hour): Promise<HourManifest | undefined> {
  const name = folderOf(hour) + MANIFEST;
  const bytes = await store.get(name, MANIFEST_BYTES_MAX);
  try {
    return bytes && parseHourManifest(new TextDecoder().decode(bytes), hour);
  } catch (error) {
    throw damaged(store, name, problemOf(error));
  }
}

async function load(store: S3Objects, named: ObjectName): Promise<UnpackedObject> {
  const content = await store.get(named.name, OBJECT_BYTES_MAX);
  if (content === undefined) throw damaged(store, named.name, 'it is missing');
  try {
    return await unpackObject(content, named);
  } catch (error) {
    throw damaged(store, named.name, problemOf(error));
  }
}

async function loadNoted(
  store: S3Objects,
  named: ObjectName,
  noted: ReadonlyMap<string, ManifestedObject>,
): Promise<UnpackedObject> {
  const object = await load(store, named);
  const then = noted.get(named.name);
  if (then === undefined || then.sha256 === object.sha256) return object;
  throw damaged(store, named.name, 'it has changed since the hour was closed');
}

function damaged({ place }: S3Objects, name: string, problem: string): FigtreeError {
  return new FigtreeError('ARCHIVE_DAMAGED', `${place}/${name}: ${problem}`, { path: `${place}/${name}` });
}

/** JSON.parse quotes some of the text that it could not read. */
function problemOf(error: unknown): string {
  return error instanceof SyntaxError ? 'a line is not JSON' : (error as Error).message;
}
