import type { EventLogReader } from '../ports/event-log.ts';

/** The last position that was recorded at or before an instant, 0 if there is none. A binary search, because the log is
 *  in the order of recording; if a clock was set back, an instant occurs more than once, and one of its positions is
 *  returned. */
export async function positionAt(log: Pick<EventLogReader, 'head' | 'read'>, instantMs: number): Promise<number> {
  let [known, beyond] = [0, (await log.head()) + 1];
  while (beyond - known > 1) {
    const middle = Math.floor((known + beyond) / 2);
    const [event] = (await log.read({ after: middle - 1, limit: 1 })).events;
    // No event is at or after the middle.
    if (event === undefined) known = middle;
    else if (Date.parse(event.recordedtime) <= instantMs)
      known = Math.max(middle, Math.min(event.position, beyond - 1));
    else beyond = middle;
  }
  return known;
}
