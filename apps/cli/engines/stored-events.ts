import { join } from 'node:path';
import { dataOpening } from '../../../adapters/embedded/keys/sealed-data.ts';
import { openStoredEvents, type StoredEvents } from '../../../adapters/embedded/log/stored-events.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { catalogFacts } from '../../../schema-registry/catalog-facts.ts';
import { readConfig } from '../read-config.ts';

/** An event as stored, of any version, with its person fields opened. */
export interface StoredEvent {
  readonly position: number;
  readonly version: number;
  /** JSON. */
  readonly data: string;
}

/** The log at a path, which is a data folder or its log.db; undefined stands for the data folder. */
export async function logPathOf(path: string | undefined): Promise<string> {
  const given = path ?? (await readConfig()).data;
  return given.endsWith('.db') ? given : join(given, 'log.db');
}

const PAGE_EVENTS = 500;

/** The events of one type in a log, in order. Works beside a writer. DATA_MISSING if there is no readable log. */
export function* storedEventsOf(logPath: string, type: string): Generator<StoredEvent> {
  const stored = openStored(logPath);
  try {
    const head = stored.head();
    for (let after = 0; after < head; after += PAGE_EVENTS) {
      for (const [position, number, version, data] of stored.rows(after, Math.min(head, after + PAGE_EVENTS))) {
        if (stored.nameOf(number) === type) yield { position, version, data };
      }
    }
  } finally {
    stored.close();
  }
}

function openStored(path: string): StoredEvents {
  try {
    return openStoredEvents(path, dataOpening(path, catalogFacts().personFields));
  } catch (error) {
    throw new FigtreeError('DATA_MISSING', `${path} contains no readable Figtree data`, { path, cause: error });
  }
}
