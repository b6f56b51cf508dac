import type { EventType } from '../events/catalog.ts';
import type { Deprecation } from '../events/define-event.ts';
import type { PersonFields } from '../events/person-field.ts';
import type { PastVersion } from './past-version.ts';

/** What has to be known of the catalog to read events of today: plain data, so that a thread can be handed it. With it a
 *  thread loads no schema before it meets an event of a past version, which spares each of them time and memory. */
export interface CatalogFacts {
  /** Of the current version, by type. */
  readonly dataschemas: Readonly<Record<string, string>>;
  readonly sources: Sources;
  readonly deprecations: Readonly<Record<string, Deprecation>>;
  readonly personalPaths: PersonalPaths;
  /** Whom those fields are about, of every version that a log may hold. */
  readonly personFields: PersonFields;
  /** Names of fields that any version marks as personal. */
  readonly personalNames: readonly string[];
}

/** The other types under which a log holds what is read as this type now. */
export type Sources = Readonly<Record<string, readonly EventType[]>>;

export function sourcesOf(pastVersions: readonly PastVersion[]): Sources {
  const sources: Record<string, EventType[]> = {};
  for (const { type, becomes = [] } of pastVersions) for (const other of becomes) (sources[other] ??= []).push(type);
  return sources;
}

/** The types under which a log holds what is read as one of these. Gives the array itself if it holds no others. */
export function storedAs(types: readonly EventType[], sources: Sources): readonly EventType[] {
  const stored = new Set(types.flatMap((type) => [type, ...(sources[type] ?? [])]));
  return stored.size > new Set(types).size ? [...stored] : types;
}

/** Fields that say something about a person, by type, as personal-data.ts gives their paths. */
export type PersonalPaths = Readonly<Record<string, readonly string[]>>;

/** The texts at some paths of data and below them, each once, longest first. */
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
