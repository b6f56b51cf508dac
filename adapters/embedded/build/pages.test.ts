import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openBuildPages, PAGE_BYTES } from './pages.ts';
import { createBuildRecords } from './records.ts';

// What SQLite reads of the pages that it did not write.

const numbers = [0, 1, 2, 127, 128, 2 ** 15, 2 ** 23, 2 ** 31, 2 ** 32, 2 ** 47, 2 ** 52 + 1];

function textOfLength(length: number): string {
  return 'é'.repeat(length % 7) + 'x'.repeat(length - 2 * (length % 7));
}

test.each([
  ['no row', []],
  ['one row', [10]],
  // A row may fill a page but for 35 bytes; what is more goes to pages behind it.
  ['rows around the size of a page', Array.from({ length: 300 }, (_, index) => 8100 + index)],
  ['rows of many pages', [100, 65_536 * 3, 20, 16_400, 8192, 24_600]],
  // Leaves on 501 pages and more: the level above is one page no longer.
  ['501 leaves', Array.from({ length: 501 }, () => 8000)],
  ['1,002 leaves', Array.from({ length: 1002 }, () => 8000)],
  ['very many small rows', Array.from({ length: 60_000 }, (_, index) => 20 + (index % 200))],
])('%s', (_, lengths) => {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-pages-'));
  const path = join(folder, 'pages.db');
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA page_size = ${PAGE_BYTES}; CREATE TABLE other (a);
    CREATE TABLE large (number INTEGER PRIMARY KEY, id BLOB, amount INTEGER, said TEXT)`);
  const { root } = database.prepare("SELECT rootpage AS root FROM sqlite_schema WHERE name = 'large'").get() as {
    root: number;
  };
  database.close();
  const records = createBuildRecords(['key', 'hex', 'integer', 'text']);
  const rows = lengths.map((length, index) => ({
    number: index * 3_000_017,
    id: index % 5 === 0 ? null : index.toString(16).padStart(24, '0'),
    amount: numbers[index % numbers.length] ?? 0,
    said: textOfLength(length),
  }));
  const pages = openBuildPages(path);
  const table = pages.table(root);
  for (const { number, id, amount, said } of rows)
    table.add(number, records.find(records.add([null, id, amount, said])));
  table.finish();
  pages.close();
  const read = new DatabaseSync(path);
  expect(read.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  const found = read.prepare('SELECT number, lower(hex(id)) AS hex, amount, said FROM large ORDER BY number').all();
  expect(found.length).toBe(rows.length);
  for (const [index, { number, id, amount, said }] of rows.entries()) {
    const row = found[index];
    expect([row?.['number'], row?.['hex'], row?.['amount']]).toEqual([number, id ?? '', amount]);
    expect(row?.['said'] === said).toBe(true);
  }
  read.exec(
    'INSERT INTO large (said) VALUES (1); INSERT INTO other VALUES (1); DELETE FROM large WHERE number % 2 = 0',
  );
  expect(read.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  read.close();
  rmSync(folder, { recursive: true });
});
