/** The list of the events. */
export const CATALOG_FILE = 'events/catalog.ts';

/** The list of the past versions. */
export const PAST_LIST = 'schema-registry/past-versions.ts';

/** Where an event is defined, from the root of the project on. */
export function fileOf(type: string): string {
  return `events/${type}.ts`;
}

/** Where a past version stands, with the step to the next one. */
export function pastFileOf(type: string, version: number): string {
  return `schema-registry/past/${type}-${version}.ts`;
}
