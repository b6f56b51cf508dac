import { FigtreeError } from '../../../events/errors.ts';
import type { LogArchive } from '../../../ports/log-archive.ts';
import { pause } from '../../../resilience/clock.ts';
import { linesIn, unpackFile } from './files.ts';
import type { LogFile } from '../log/log-file.ts';

export interface TrimStep {
  readonly trimmed: number;
  /** The first position that the log still holds, 0 if it has none. */
  readonly first: number;
  /** Nothing removable is left. */
  readonly done: boolean;
}

// Publishers wait for one transaction at most, which is as large as this time allows, and then have the log for as long
// again.
const TRANSACTION_MS = 8;
const TRANSACTION_EVENTS = { first: 50, min: 10, max: 1000 };

/** Removes from the log the contents of one archive file, up to a position. The file is unpacked in another thread, its
 *  digest checked, and each line compared with the row to be deleted. */
export async function trimOneFile(file: LogFile, archive: LogArchive, upTo: number): Promise<TrimStep> {
  const manifest = await archive.manifest();
  if (manifest === undefined || manifest.log !== file.id()) {
    const message = `${archive.place} is not the archive of this log`;
    throw new FigtreeError('ARCHIVE_FOREIGN', message, { path: archive.place });
  }
  let first = file.log.firstPosition();
  // The newest event always stays: it tells where the log stands.
  const last = Math.min(upTo, manifest.lastPosition, (await file.log.head()) - 1);
  const part = manifest.files.find(({ lastPosition }) => lastPosition >= first);
  if (part === undefined || first === 0 || first > last) {
    // The folder may have been moved since the last time.
    const holdsTheRest = first > 1 && manifest.lastPosition >= first - 1;
    if (holdsTheRest) await file.log.trim({ firstPosition: first, lines: [], place: archive.place });
    return { trimmed: 0, first, done: true };
  }
  const begin = first;
  const text = await unpackFile(archive, part);
  let position = part.firstPosition;
  let lines: string[] = [];
  let events = TRANSACTION_EVENTS.first;
  async function trim(): Promise<void> {
    if (lines.length === 0) return;
    const start = performance.now();
    await file.log.trim({ firstPosition: first, lines, place: archive.place });
    first += lines.length;
    lines = [];
    const elapsed = performance.now() - start;
    const fitting = Math.round((events * TRANSACTION_MS) / elapsed);
    events = Math.min(TRANSACTION_EVENTS.max, 2 * events, Math.max(TRANSACTION_EVENTS.min, fitting));
    await pause(elapsed);
  }
  for (const line of linesIn(text)) {
    if (position > last) break;
    if (position >= first) lines.push(line);
    position += 1;
    if (lines.length >= events) await trim();
  }
  await trim();
  return { trimmed: first - begin, first, done: first > last };
}
