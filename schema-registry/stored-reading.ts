import { catalog, eventTypes } from '../events/catalog.ts';
import type { EventDefinition } from '../events/define-event.ts';
import { createClimb, type KnownVersions, type StoredReading } from './climb.ts';
import { pastVersions } from './past-versions.ts';

/** What stored events are read with. */
export type PresentCode = KnownVersions;

/** The catalog and its past versions, as they are now. */
export const presentCode: PresentCode = {
  current: new Map(eventTypes.map((type) => [type, catalog[type] as EventDefinition])),
  past: pastVersions,
};

export type StoredReader = (type: string, version: number, data: unknown) => StoredReading;

/** Reads data of any version as the run time does, and tells at which step it fails instead of throwing. Unlike the run
 *  time it parses data of a current version as well: what a schema refuses today may lie in the log. */
export function storedReader(code: PresentCode): StoredReader {
  return createClimb(code).read;
}
