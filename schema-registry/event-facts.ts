import type { Deprecation } from '../events/define-event.ts';

/** What has to be known of the catalog to read events of today: plain data, so that a thread can be handed it. With it a
 *  thread loads no schema before it meets an event of a past version, which spares each of them time and memory. */
export interface CatalogFacts {
  /** Of the current version, by type. */
  readonly dataschemas: Readonly<Record<string, string>>;
  /** The other types under which a log holds what is read as this type now. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  readonly deprecations: Readonly<Record<string, Deprecation>>;
  readonly personalPaths: PersonalPaths;
  /** Names of fields that any version marks as personal. */
  readonly personalNames: readonly string[];
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
