import { catalog, eventTypes } from '../events/catalog.ts';
import type { EventDefinition } from '../events/define-event.ts';
import { createUpcastChain, type KnownVersions, type StoredReading } from './upcast-chain.ts';
import { pastVersions } from './past-versions.ts';

/** What is needed to read stored events. */
export type CurrentCode = KnownVersions;

/** The current catalog and its past versions. */
export const currentCode: CurrentCode = {
  current: new Map(eventTypes.map((type) => [type, catalog[type] as EventDefinition])),
  past: pastVersions,
};

export type StoredReader = (type: string, version: number, data: unknown) => StoredReading;

/** Reads data of any version as the run time does, and reports the failing step instead of throwing. Unlike the run
 *  time it also parses data of a current version: the log may hold data that a schema now refuses. */
export function storedReader(code: CurrentCode): StoredReader {
  return createUpcastChain(code).read;
}
