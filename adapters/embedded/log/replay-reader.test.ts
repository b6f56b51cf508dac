import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomRuns } from '../../../ports/contracts/random-runs.ts';
import { catalog, type EventType } from '../../../events/catalog.ts';
import { defined } from '../../../events/defined.ts';
import type { EventEnvelope, RecordedEvent } from '../../../events/envelope.ts';
import { histories } from '../../../ports/contracts/histories.ts';
import { openLogFile } from './log-file.ts';
import { openSqliteEventLogReader } from './event-log-reader.ts';
import { openSqliteReplayReader } from './replay-reader.ts';

const dataschemas = Object.fromEntries(Object.entries(catalog).map(([type, { dataschema }]) => [type, dataschema]));
const extensions = {
  causationid: 'cause',
  traceparent: '00-1-2-3',
  baggage: 'user-id=1',
  producerid: 'p',
  producerseq: '7',
};

/** As appended to the log: without the fields that the log assigns. */
function envelopeOf({ position, recordedtime, ...event }: RecordedEvent): EventEnvelope {
  void recordedtime;
  const further = position % 3 === 0 ? { ...extensions, correlationid: 'flow' } : {};
  const dataschema = position % 5 === 0 ? `figtree:${event.type}:0` : event.dataschema;
  return { ...event, dataschema, ...further };
}

const queries = fc.record({
  after: fc.nat({ max: 60 }),
  upTo: fc.option(fc.nat({ max: 60 }), { nil: Infinity }),
  limit: fc.integer({ min: 1, max: 2000 }),
  types: fc.option(fc.subarray<EventType>(['followed', 'unfollowed', 'yubl-posted', 'user-left']), { nil: undefined }),
});

test('the events of a replay are those of the ordinary reader, in every field', async () => {
  await fc.assert(
    fc.asyncProperty(histories, queries, async (events, { types, ...query }) => {
      const folder = mkdtempSync(join(tmpdir(), 'figtree-replay-reader-'));
      const path = join(folder, 'log.db');
      const file = openLogFile(path);
      await file.log.append(events.map(envelopeOf));
      await file.close();
      const [ordinary, replay] = [openSqliteEventLogReader(path), openSqliteReplayReader(path, dataschemas)];
      try {
        const asked = { ...query, ...defined({ types }), limit: 2000 };
        const [expected, found] = [await ordinary.read(asked), await replay.read(asked)];
        expect(found.position).toBe(expected.position);
        expect(JSON.parse(JSON.stringify(found.events))).toEqual(expected.events);
        for (const [index, event] of expected.events.entries()) {
          for (const [name, value] of Object.entries(event)) expect(found.events[index]).toHaveProperty(name, value);
          expect(found.events[index]?.producerid).toBe(event.producerid);
        }
        // Pages need not end where those of the other end, but together they are the same.
        const paged: RecordedEvent[] = [];
        for (let after = query.after; ;) {
          const page = await replay.read({ ...asked, after, limit: query.limit });
          paged.push(...page.events);
          if (page.position === after) break;
          after = page.position;
        }
        expect(paged.map(({ id }) => id)).toEqual(expected.events.map(({ id }) => id));
      } finally {
        await ordinary.close();
        await replay.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: randomRuns(25) },
  );
});
