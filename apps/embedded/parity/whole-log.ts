import { openLogWithArchive } from '../../../adapters/embedded/archive/log-with-archive.ts';
import { dataOpening } from '../../../adapters/embedded/keys/sealed-data.ts';
import type { EventLogReader } from '../../../ports/event-log.ts';
import { catalogFacts } from '../../../schema-registry/catalog-facts.ts';
import type { ReplayedLog } from '../thread-reading.ts';

/** The log with the part that only an archive holds, events as they were recorded, for callers that load the catalog. */
export function openWholeLog(replayed: ReplayedLog): EventLogReader {
  return openLogWithArchive({ ...replayed, opening: dataOpening(replayed.logPath, catalogFacts().personFields) });
}
