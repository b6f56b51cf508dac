import type { EventLogReader } from '../ports/event-log.ts';

/** The last position that was recorded at an instant or before it, 0 if none was. A few reads find it, because the log is in
 *  the order of its recording; where a clock was set back, an instant comes more than once, and one of the places is given. */
export async function positionAt(log: Pick<EventLogReader, 'head' | 'read'>, instantMs: number): Promise<number> {
  let [known, beyond] = [0, (await log.head()) + 1];
  while (beyond - known > 1) {
    const middle = Math.floor((known + beyond) / 2);
    const [event] = (await log.read({ after: middle - 1, limit: 1 })).events;
    // Behind the middle lies nothing any more.
    if (event === undefined) known = middle;
    else if (Date.parse(event.recordedtime) <= instantMs)
      known = Math.max(middle, Math.min(event.position, beyond - 1));
    else beyond = middle;
  }
  return known;
}
