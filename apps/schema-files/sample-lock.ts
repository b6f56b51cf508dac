import { textOf } from '../../schema-registry/comparison/shape.ts';
import type { FrozenEvent, GoldenSample } from '../../schema-registry/check/frozen-version.ts';
import { type FileDamage, sha256Of } from './registry-json.ts';

/** Files that must not be edited, by path below `frozen/`: for a version the sha256 of its file, for a file of samples
 *  a hash of each sample by name, so that others can be added. */
export type Lock = Readonly<Record<string, string | SampleLock>>;
export type SampleLock = Readonly<Record<string, string>>;

const SAMPLES = /\.samples\.json$/;

/** The path of a version's samples below `frozen/`. */
export function samplesKeyOf({ type, version }: { readonly type: string; readonly version: number }): string {
  return `${type}/${version}.samples.json`;
}

/** The path of the version that an entry of the lock belongs to. */
export function versionKeyOf(key: string): string {
  return key.replace(SAMPLES, '.json');
}

/** The locked samples of one file. */
export function lockedSamples(lock: Lock, key: string): SampleLock {
  const locked = Object.hasOwn(lock, key) ? lock[key] : undefined;
  return typeof locked === 'object' ? locked : {};
}

function lockOf(samples: readonly GoldenSample[]): SampleLock {
  return Object.fromEntries(samples.map((sample) => [sample.name, hashOfSample(sample)]));
}

// Hashes the meaning of a sample and not its bytes, because spaces and the order of keys are not significant. Samples
// that are not written yet are first normalized to what will be read.
function hashOfSample({ origin, data }: GoldenSample): string {
  return sha256Of(textOf(JSON.parse(JSON.stringify({ origin, data }))));
}

/** The events with their samples that are not locked yet; only events that have some. */
export function unlockedSamples(events: readonly FrozenEvent[], lock: Lock): FrozenEvent[] {
  return events.flatMap(({ frozen, samples }) => {
    const locked = lockedSamples(lock, samplesKeyOf(frozen));
    const added = samples.filter(({ name }) => !Object.hasOwn(locked, name));
    return added.length > 0 ? [{ frozen, samples: added }] : [];
  });
}

/** The lock with the samples of these events added. */
export function withSamples(lock: Lock, events: readonly FrozenEvent[]): Lock {
  const sampled = events.filter(({ samples }) => samples.length > 0);
  const entries = sampled.map(({ frozen, samples }) => {
    const key = samplesKeyOf(frozen);
    return [key, { ...lockedSamples(lock, key), ...lockOf(samples) }] as const;
  });
  return { ...lock, ...Object.fromEntries(entries) };
}

const remedy =
  'restore it from git: similar data may be stored and must stay readable; to prove something else, add a sample with another name';

/** Locked samples that are missing or changed. `at` says as of when they were locked. */
export function sampleDamages(
  file: string,
  { locked, samples, at }: { locked: SampleLock; samples: readonly GoldenSample[]; at: string },
): FileDamage[] {
  const names = Object.keys(locked);
  if (names.length > 0 && samples.length === 0) {
    const message = `contains none of the ${names.length} samples in ${at}`;
    return [{ rule: 'SAMPLES_MISSING', file, path: 'samples', message, remedy }];
  }
  const found = lockOf(samples);
  return names.flatMap((name): FileDamage[] => {
    const about = { file, path: `samples.${name}`, remedy };
    const now = Object.hasOwn(found, name) ? found[name] : undefined;
    if (now === undefined)
      return [{ ...about, rule: 'SAMPLES_MISSING', message: `lacks the sample "${name}", which is in ${at}` }];
    if (now !== locked[name])
      return [
        { ...about, rule: 'SAMPLES_EDITED', message: `has a sample "${name}" that differs from the one in ${at}` },
      ];
    return [];
  });
}

/** Names must be unique: otherwise only one of two samples would be locked. */
export function twinDamages(file: string, samples: readonly GoldenSample[]): FileDamage[] {
  const names = samples.map(({ name }) => name);
  const twins = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twins].map((name) => ({
    rule: 'SAMPLES_EDITED',
    file,
    path: `samples.${name}`,
    message: `has several samples named "${name}"`,
    remedy: 'give the one added last a different name',
  }));
}
