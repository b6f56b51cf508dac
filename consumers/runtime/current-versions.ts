import type { EventLogReader, EventPage, ReadQuery } from '../../ports/event-log.ts';
import type { ReadingUpcasters } from '../../schema-registry/lazy-upcasters.ts';

/** The same log, read in current versions: an event of a past version is replaced by its upcasted events, all on one
 *  page and with its position; one that is dropped advances the position and is not seen. So a page may hold more
 *  events than its limit, which counts recorded events. */
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
      // Dropped events leave room for more of the flow.
      for (let asked = limit; ; asked *= 2) {
        const recorded = await log.readFlow(correlationId, asked);
        const events = await upcasters.current(recorded);
        if (events.length >= limit || recorded.length < asked) return events.slice(0, limit);
      }
    },
  };
}
