import type { EventLogReader, EventPage, ReadQuery } from '../../ports/event-log.ts';
import type { ReadingUpcasters } from '../../schema-registry/lazy-upcasters.ts';

/** The same log, read in the versions of today: an event of a past version comes as the events that stand for it now, all
 *  of them in one page and under its position; one that is dropped moves the position and is not seen. So a page may hold
 *  more events than its limit, which counts what was recorded. */
export function inCurrentVersions<Log extends EventLogReader>(log: Log, upcasters: ReadingUpcasters): Log {
  async function read(query: ReadQuery): Promise<EventPage> {
    const { types } = query;
    const stored = types && upcasters.storedAs(types);
    const page = await log.read(stored === undefined ? query : { ...query, types: stored });
    const events = await upcasters.current(page.events);
    if (events === page.events && stored === types) return page;
    const wanted = types === undefined ? events : events.filter(({ type }) => types.includes(type));
    return { events: wanted, position: page.position };
  }

  return {
    ...log,
    read,
    async readFlow(correlationId, limit) {
      // What was dropped makes room for more of the flow.
      for (let asked = limit; ; asked *= 2) {
        const recorded = await log.readFlow(correlationId, asked);
        const events = await upcasters.current(recorded);
        if (events.length >= limit || recorded.length < asked) return events.slice(0, limit);
      }
    },
  };
}
