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

test('lets others have their turns while it looks through long texts', async () => {
  await refuse(...Array.from({ length: 20 }, (_, at) => `${at} ${'x'.repeat(LONG)}`), `of ${person.userId}`);
  let [turns, searching] = [0, true];
  const count = (): void => {
    turns += 1;
    if (searching) setImmediate(count);
  };
  setImmediate(count);
  const found = await refusedErasure(file).find(person);
  searching = false;
  expect(found).toEqual({ about: [21], unsearchable: [], upTo: 21 });
  // Two texts in each turn.
  expect(turns).toBeGreaterThan(8);
});

test('goes on where an earlier search has ended, and looks at what was noted since', async () => {
  const erasure = refusedErasure(file);
  await refuse(
    `of ${person.userId}`,
    'of nobody',
    'cut before it was noted',
    'cut and noted since',
    'cut and noted of another',
  );
  file.database.exec('UPDATE quarantine SET truncated = 1, persons = NULL WHERE id >= 3');
  const earlier = await erasure.find(person);
  expect(earlier).toEqual({ about: [1], unsearchable: [3, 4, 5], upTo: 5 });
  const note = file.database.prepare('UPDATE quarantine SET persons = ? WHERE id = ?');
  note.run(person.userId, 4);
  note.run('a'.repeat(24), 5);
  await refuse('nobody', 'zaphod-beeblebrox says');
  expect(await erasure.find(person, earlier)).toEqual({ about: [1, 4, 7], unsearchable: [3], upTo: 7 });
  expect(await erasure.find(person)).toEqual({ about: [1, 4, 7], unsearchable: [3], upTo: 7 });
});

test('looks at what comes in while it runs', async () => {
  await refuse(...Array.from({ length: 5 }, (_, at) => `${at} ${'x'.repeat(2 * LONG)}`));
  const finding = refusedErasure(file).find(person);
  await refuse(`of ${person.userId}`);
  expect(await finding).toEqual({ about: [6], unsearchable: [], upTo: 6 });
});
