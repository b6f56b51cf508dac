import type { EventArchive, HourManifest } from '../ports/event-archive.ts';

export interface ClosingOptions {
  readonly nowMs: number;
  /** How long after its end an hour is surely over: as long as the archiving function may be behind. */
  readonly afterMs?: number;
  /** How far back hours are looked at: as long as the stream keeps records, which may come that late. */
  readonly backMs?: number;
}

const HOUR_MS = 3_600_000;

/** Closes the hours that are over, and those again that something came to since. To be run once an hour; an hour that was closed
 *  before costs a list and a look at its manifest. */
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
