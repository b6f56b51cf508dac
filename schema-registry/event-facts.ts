import type { EventType } from '../events/catalog.ts';
import type { Deprecation } from '../events/define-event.ts';
import type { PersonFields } from '../events/person-field.ts';
import type { PastVersion } from './past-version.ts';

/** The facts needed to read current events: plain data, so that it can be passed to a thread. With it a thread loads no
 *  schema before it meets an event of a past version, which saves time and memory in each. */
export interface CatalogFacts {
  /** Versions of the current definitions, by type. */
  readonly dataschemas: Readonly<Record<string, string>>;
  readonly sources: Sources;
  readonly deprecations: Readonly<Record<string, Deprecation>>;
  readonly personalPaths: PersonalPaths;
  /** The persons whom those fields are about, for every version that a log may hold. */
  readonly personFields: PersonFields;
  /** Names of fields that are personal in any version. */
  readonly personalNames: readonly string[];
}

/** The other types under which a log holds events that are read as this type now. */
export type Sources = Readonly<Record<string, readonly EventType[]>>;

export function sourcesOf(pastVersions: readonly PastVersion[]): Sources {
  const sources: Record<string, EventType[]> = {};
  for (const { type, becomes = [] } of pastVersions) for (const other of becomes) (sources[other] ??= []).push(type);
  return sources;
}

/** The types under which a log holds events that are read as one of these. Returns the array itself if there are no
 *  others. */
export function storedAs(types: readonly EventType[], sources: Sources): readonly EventType[] {
  const stored = new Set(types.flatMap((type) => [type, ...(sources[type] ?? [])]));
  return stored.size > new Set(types).size ? [...stored] : types;
}

/** Personal fields by type, with paths as in personal-data.ts. */
export type PersonalPaths = Readonly<Record<string, readonly string[]>>;

/** The texts at some paths of data and below them, without duplicates, longest first. */
export function textsAt(paths: readonly string[], data: unknown): readonly string[] {
  const texts = new Set<string>();
  for (const path of paths) collect(data, path === '' ? [] : path.split('.'), texts);
  return [...texts].toSorted((a, b) => b.length - a.length);
}

function collect(value: unknown, [step, ...steps]: readonly string[], texts: Set<string>): void {
  if (typeof value === 'string' && value !== '' && step === undefined) texts.add(value);
  if (typeof value !== 'object' || value === null) return;
  if (step === undefined || step === '*') {
    for (const each of Object.values(value)) collect(each, steps, texts);
  } else if (Object.hasOwn(value, step)) collect((value as Record<string, unknown>)[step], steps, texts);
}
