import { openDurableFile } from '../../adapters/embedded/files/durable-file.ts';
import { EVENT_LOG_SCHEMA } from '../../adapters/embedded/log/event-rows.ts';
import { openSqliteEventLog } from '../../adapters/embedded/log/event-log.ts';
import { startCheckpoints } from '../../apps/embedded/live/checkpoints.ts';
import { openLogger } from '../../apps/logger.ts';
import { catalog } from '../../events/catalog.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { type Appender, serveSlices, yublData } from './slices.ts';

// Figtree's log as the engine runs it: with a thread that copies the WAL into the file.
const [path = ''] = process.argv.slice(2);
await serveSlices(async (): Promise<Appender> => {
  const file = openDurableFile(path, EVENT_LOG_SCHEMA);
  const log = openSqliteEventLog(file);
  const thread = await startCheckpoints(file, openLogger({ level: 'warn', destination: 2 }));
  let made = 0;
  return {
    async append(events) {
      const batch = Array.from({ length: events }, () => yublPosted((made += 1)));
      for (const { outcome } of await log.append(batch)) if (outcome !== 'appended') throw new Error(outcome);
    },
    count: () => log.head(),
    async close() {
      await thread.stop();
      await file.close();
    },
  };
});

function yublPosted(number: number): EventEnvelope {
  const data = yublData(number);
  const id = `82${data.yublId}${number}`;
  return {
    specversion: '1.0',
    id,
    source: 'urn:yubl:monolith',
    type: 'yubl-posted',
    time: data.postedAt,
    datacontenttype: 'application/json',
    dataschema: catalog['yubl-posted'].dataschema,
    subject: data.yublId,
    partitionkey: data.yublId,
    sequence: String(number).padStart(20, '0'),
    correlationid: id,
    data,
  };
}
