import { openSqliteEventLogReader } from '../../adapters/embedded/sqlite-event-log-reader.ts';
import type { EventLogReader } from '../../ports/event-log.ts';

export interface ReplayLog {
  readonly logPath: string;
  /** Folder of an archive that is read before the log. */
  readonly archive?: string;
}

// An archive is joined here: `openLogWithArchive(log)`.
export const archivesAreThere = false;

/** What a replay reads: all that ever happened. */
export function openReplayLog({ logPath }: ReplayLog): EventLogReader {
  return openSqliteEventLogReader(logPath);
}
