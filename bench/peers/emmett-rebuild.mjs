import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import {
  appendToStream,
  getSQLiteEventStore,
  sqliteConnection,
  sqliteProjection,
} from '@event-driven-io/emmett-sqlite';
import { readModels } from './emmett-read-models.mjs';

// node emmett-rebuild.mjs EVENTS STORE [--batch N] [--nothing]
//
// Fills Emmett's SQLite event store STORE with the events of EVENTS (NDJSON of envelopes, in order), builds the read
// models of emmett-read-models.mjs from it, and prints the duration of the second half. Unlike the package for
// PostgreSQL, the one for SQLite has no function for a rebuild, so this combines its parts: new tables, and a consumer
// that starts at the beginning. `--nothing` runs a consumer that does nothing instead.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { batch: { type: 'string', default: '10000' }, nothing: { type: 'boolean', default: false } },
});
const [eventsPath = '', fileName = ''] = positionals;

// One connection for everything, with these settings: the store's own pool opens another one for every batch. NORMAL,
// because anything lost with the power can be rebuilt; the page cache is larger than those of Figtree’s projections
// together.
const connection = sqliteConnection({ fileName });
await connection.command('PRAGMA synchronous = NORMAL');
await connection.command('PRAGMA cache_size = -65536');
await connection.command('PRAGMA temp_store = MEMORY');
const store = getSQLiteEventStore({
  fileName,
  schema: { autoMigration: 'CreateOrUpdate' },
  connectionOptions: { singleton: true, connection },
});
await store.schema.migrate();
const { events, last } = await fill();

const NOTHING = { schema: [], definition: { name: 'nothing', canHandle: [], handle: async () => {} } };
const start = performance.now();
await rebuild(values.nothing ? [NOTHING] : readModels);
const seconds = (performance.now() - start) / 1000;

const { version } = JSON.parse(
  readFileSync(new URL('./node_modules/@event-driven-io/emmett-sqlite/package.json', import.meta.url), 'utf8'),
);
const counts = values.nothing ? {} : await countsOf();
process.stdout.write(JSON.stringify({ events, seconds, version, batch: Number(values.batch), counts }));
connection.close();

/** A consumer reads by global position, so the division into streams does not matter: one stream per batch is the
 *  fastest to fill. */
async function fill() {
  let batch = [];
  const filled = { events: 0, last: 0n };
  async function append() {
    if (batch.length === 0) return;
    const result = await appendToStream(connection, `import-${filled.events}`, 'import', batch);
    filled.events += batch.length;
    filled.last = result.lastGlobalPosition;
    batch = [];
  }
  for await (const line of createInterface({ input: createReadStream(eventsPath) })) {
    const { id, type, data } = JSON.parse(line);
    batch.push({ type, data, metadata: { messageId: id } });
    if (batch.length === 1000) await append();
  }
  await append();
  return filled;
}

/** All read models in one consumer: each batch is read once and is one transaction. */
async function rebuild(models) {
  const consumer = store.consumer({ pulling: { batchSize: Number(values.batch), pullingFrequencyInMs: 0 } });
  for (const { schema, definition } of models) {
    for (const sql of schema) await connection.command(sql);
    consumer.processor({
      processorId: `rebuild-${definition.name}`,
      projection: sqliteProjection(definition),
      startFrom: 'BEGINNING',
      stopAfter: ({ metadata }) => metadata.globalPosition >= last,
    });
  }
  await consumer.start();
  for (const { finish } of models) await finish?.(connection);
}

async function countsOf() {
  const of = async (sql) => (await connection.querySingle(sql)).count;
  return {
    follows: await of('SELECT count(*) AS count FROM follow'),
    followers: await of('SELECT sum(followers) AS count FROM profile'),
    users: await of('SELECT count(DISTINCT user_id) AS count FROM user_name'),
    yubls: await of('SELECT count(*) AS count FROM yubl_words'),
    entries: await of('SELECT count(*) AS count FROM feed_entry'),
  };
}
