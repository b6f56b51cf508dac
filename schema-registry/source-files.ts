/** The list of the events. */
export const CATALOG_FILE = 'events/catalog.ts';

/** The list of the past versions. */
export const PAST_LIST = 'schema-registry/past-versions.ts';

/** The file that defines an event, from the project's root. */
export function fileOf(type: string): string {
  return `events/${type}.ts`;
}

/** The file of a past version, with the step to the next one. */
export function pastFileOf(type: string, version: number): string {
  return `schema-registry/past/${type}-${version}.ts`;
}
