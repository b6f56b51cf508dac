import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DurableFile, openDurableFile } from '../files/durable-file.ts';
import { QUARANTINE_SCHEMA } from './rows.ts';
import { refusedErasure } from './erasure.ts';
import { openSqliteQuarantine } from './quarantine.ts';

const person = { userId: '56cb04ac6c4e803da12a9500', words: ['Zaphod-Beeblebrox'] };
const LONG = 60_000;
let folder: string;
let file: DurableFile;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-refused-'));
  file = openDurableFile(join(folder, 'log.db'), QUARANTINE_SCHEMA);
});
afterEach(async () => {
  await file.close();
  rmSync(folder, { recursive: true });
});

async function refuse(...texts: string[]): Promise<void> {
  const problem = { code: 'NOT_JSON', message: 'no' } as const;
  await openSqliteQuarantine(file).add(texts.map((raw) => ({ door: 'events', origin: 'test', problem, raw })));
}

async function findCountingTurns() {
  let [turns, searching] = [0, true];
  const count = (): void => {
    turns += 1;
    if (searching) setImmediate(count);
  };
  setImmediate(count);
  const found = await refusedErasure(file).find(person);
  searching = false;
  return { found, turns };
}

test('lets others have their turns while it looks through long texts', async () => {
  await refuse(...Array.from({ length: 20 }, (_, at) => `${at} ${'x'.repeat(LONG)}`), `of ${person.userId}`);
  const { found, turns } = await findCountingTurns();
  expect(found).toEqual({ about: [21], unsearchable: [] });
  // Two texts in each turn.
  expect(turns).toBeGreaterThan(8);
});

test('lets others have their turns while it passes by entries that note whom they name', async () => {
  const ids = Array.from({ length: 2000 }, (_, at) => at.toString(16).padStart(24, '0'));
  await refuse(...ids.map((id) => `of ${id}`));
  file.database.exec(`UPDATE quarantine SET persons = '${person.userId}'`);
  const { found, turns } = await findCountingTurns();
  expect(found.about).toHaveLength(2000);
  expect(turns).toBeGreaterThan(5);
});

test('finds what is said of an entry anew, and what was noted since', async () => {
  const erasure = refusedErasure(file);
  await refuse(`of ${person.userId}`, 'of nobody', 'cut before it was noted', 'cut and noted since', 'cut, of another');
  file.database.exec('UPDATE quarantine SET truncated = 1, persons = NULL WHERE id >= 3');
  expect(await erasure.find(person)).toEqual({ about: [1], unsearchable: [3, 4, 5] });
  const note = file.database.prepare('UPDATE quarantine SET persons = ? WHERE id = ?');
  note.run(person.userId, 4);
  note.run('a'.repeat(24), 5);
  file.database.exec("UPDATE quarantine SET message = 'Zaphod-Beeblebrox is no id' WHERE id = 2");
  await refuse('nobody', 'zaphod-beeblebrox says');
  expect(await erasure.find(person)).toEqual({ about: [1, 2, 4, 7], unsearchable: [3] });
});

test('looks at what waits for its commit', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const pausing = file.pause(() => promise);
  const refusing = refuse(`of ${person.userId}`);
  const finding = refusedErasure(file).find(person);
  setImmediate(resolve);
  await Promise.all([pausing, refusing]);
  expect(await finding).toEqual({ about: [1], unsearchable: [] });
});

test('looks at what comes in while it runs', async () => {
  await refuse(...Array.from({ length: 5 }, (_, at) => `${at} ${'x'.repeat(2 * LONG)}`));
  const finding = refusedErasure(file).find(person);
  await refuse(`of ${person.userId}`);
  expect(await finding).toEqual({ about: [6], unsearchable: [] });
});
