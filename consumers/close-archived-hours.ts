import type { EventArchive, HourManifest } from '../ports/event-archive.ts';

export interface ClosingOptions {
  readonly nowMs: number;
  /** How long after its end an hour is considered complete: the longest delay of the archiving function. */
  readonly afterMs?: number;
  /** How far back to look for hours: the retention of the stream, because records may come that late. */
  readonly backMs?: number;
}

const HOUR_MS = 3_600_000;

/** Closes completed hours, and closes those again that more records came to. Meant to run once an hour; an hour that
 *  was closed before costs a listing and a read of its manifest. */
export async function closeArchivedHours(
  archive: Pick<EventArchive, 'hours' | 'closeHour'>,
  { nowMs, afterMs = HOUR_MS, backMs = 7 * 24 * HOUR_MS }: ClosingOptions,
): Promise<HourManifest[]> {
  const over = Math.floor((nowMs - afterMs) / HOUR_MS) * HOUR_MS;
  const range = { from: new Date(nowMs - backMs).toISOString(), to: new Date(over).toISOString() };
  const closed: HourManifest[] = [];
  for (const hour of await archive.hours(range)) {
    const manifest = await archive.closeHour(hour);
    if (manifest !== undefined) closed.push(manifest);
  }
  return closed;
}
