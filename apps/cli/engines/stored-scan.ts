import { type ScanWatching, scanStored, type StoredScan } from '../../embedded/catalog/stored-scan.ts';
import { readConfig } from '../read-config.ts';

export type { StoredScan };

/** Reads the log or the archive of events at a path, without one the log of the data folder, as `scanStored` does. */
export async function scanStoredEvents(path: string | undefined, watching: ScanWatching): Promise<StoredScan> {
  return scanStored(path ?? (await readConfig()).data, watching);
}
