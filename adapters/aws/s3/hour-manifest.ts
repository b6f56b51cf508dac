import type { Hour, HourManifest, ManifestedObject } from '../../../ports/event-archive.ts';

const FORMAT = 1;
export const MANIFEST = 'manifest.json';
// Each object of the hour takes some 400 bytes of it: a hundred thousand objects, from a thousand shards for instance.
export const MANIFEST_BYTES_MAX = 64 * 2 ** 20;

/** Objects are passed in order of name, and there is at least one. */
export function hourManifest(hour: Hour, objects: readonly ManifestedObject[]): HourManifest {
  const first = objects.map(({ firstArrivedAt }) => firstArrivedAt).toSorted();
  const last = objects.map(({ lastArrivedAt }) => lastArrivedAt).toSorted();
  return {
    format: FORMAT,
    writtenBy: 'figtree close-archived-hours',
    hour,
    records: objects.reduce((sum, { records }) => sum + records, 0),
    firstArrivedAt: first[0] ?? '',
    lastArrivedAt: last.at(-1) ?? '',
    objects,
  };
}

/** Throws, describing the manifest, if it does not belong to this hour. */
export function parseHourManifest(text: string, hour: Hour): HourManifest {
  const value = JSON.parse(text) as Partial<HourManifest> | null;
  if (value?.format !== FORMAT) throw new Error(`it is not a manifest of format ${FORMAT}`);
  if (value.hour !== hour) throw new Error('it is the manifest of another hour');
  const { objects } = value;
  if (!Array.isArray(objects) || objects.length === 0) throw new Error('it names no objects');
  if (!objects.every(isObject)) throw new Error('an object entry is incomplete');
  const again = hourManifest(hour, objects as readonly ManifestedObject[]);
  if (again.records !== value.records) throw new Error('its counts do not add up');
  return again;
}

function isObject(value: unknown): boolean {
  const { name, records, sha256 } = (value ?? {}) as Partial<ManifestedObject>;
  return typeof name === 'string' && Number.isSafeInteger(records) && /^[0-9a-f]{64}$/.test(String(sha256));
}
