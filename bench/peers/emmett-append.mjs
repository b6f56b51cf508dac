import { getSQLiteEventStore, sqliteConnection } from '@event-driven-io/emmett-sqlite';
import { serveSlices, yublData } from '../append/slices.ts';

// Emmett's SQLite event store, opened as in its documentation; each call appends to its own stream.
const [fileName = ''] = process.argv.slice(2);
await serveSlices(async () => {
  const store = getSQLiteEventStore({ fileName, schema: { autoMigration: 'CreateOrUpdate' } });
  let made = 0;
  return {
    async append(events) {
      const batch = Array.from({ length: events }, () => ({ type: 'yubl-posted', data: yublData((made += 1)) }));
      await store.appendToStream(`yubl-${batch[0].data.yublId}`, batch);
    },
    async count() {
      const connection = sqliteConnection({ fileName });
      const row = await connection.querySingle('SELECT count(*) AS events FROM emt_messages');
      connection.close();
      return row.events;
    },
    close: async () => {},
  };
});
