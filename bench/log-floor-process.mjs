import { DatabaseSync } from 'node:sqlite';

// The minimum work of any rebuild: read the whole log in pages, and JSON.parse each event's data. Plain JavaScript and
// two columns, so that nothing raises the floor unnecessarily.
const [path = ''] = process.argv.slice(2);
const database = new DatabaseSync(path, { readOnly: true });
const page = database.prepare('SELECT position, data FROM event WHERE position > ? ORDER BY position LIMIT 1000');
page.setReturnArrays(true);
let after = 0;
let read = 0;
for (let rows = page.all(after); rows.length > 0; rows = page.all(after)) {
  for (const [, data] of rows) if (typeof JSON.parse(data) === 'object') read += 1;
  after = rows.at(-1)[0];
}
const { user, system } = process.cpuUsage();
process.stdout.write(JSON.stringify({ read, cpuSeconds: (user + system) / 1e6 }));
