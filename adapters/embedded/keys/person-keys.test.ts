import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { idOf } from '../../../ports/contracts/sample-events.ts';
import { personKeysContract, type PersonKeysUnderTest } from '../../../ports/contracts/person-keys.contract.ts';
import { openPersonKeyReader, openPersonKeys } from './person-keys.ts';

personKeysContract(() => openIn(mkdtempSync(join(tmpdir(), 'figtree-keys-'))));

function openIn(folder: string): PersonKeysUnderTest {
  const path = join(folder, 'keys.db');
  const keys = openPersonKeys(path);
  return {
    keys,
    openReader: () => openPersonKeyReader(path),
    fill() {
      const database = keys.database();
      const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number };
      database.exec(`PRAGMA max_page_count = ${pages}`);
      return () => database.exec('PRAGMA max_page_count = 1000000');
    },
    reopen() {
      keys.close();
      return openIn(folder);
    },
    remove() {
      keys.close();
      rmSync(folder, { recursive: true });
    },
  };
}

test('a destroyed key is nowhere in the files, and neither are the words of an erasure that has ended', () => {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-keys-'));
  const keys = openPersonKeys(join(folder, 'keys.db'));
  // Enough of them for pages to be split.
  const persons = Array.from({ length: 2000 }, (_, number) => idOf((number * 7919) % 2003));
  for (const person of persons) keys.seal(person, 'x', 'user-joined userName');
  keys.save();
  const bytesOf = keys.database().prepare('SELECT key FROM person_key WHERE person = ?');
  const destroyed = persons.filter((_person, number) => number % 100 === 0);
  const secrets = destroyed.map((person) => Buffer.from((bytesOf.get(person) as { key: Uint8Array }).key));
  expect(secrets.filter((key) => bytesIn(folder).includes(key))).toHaveLength(20);
  keys.rememberWords(idOf(1), ['something that he said']);
  for (const person of destroyed) keys.destroy(person);
  expect(bytesIn(folder).includes('something that he said')).toBe(true);
  keys.forgetWords(idOf(1));
  expect(bytesIn(folder).includes('something that he said')).toBe(false);
  expect(secrets.filter((key) => bytesIn(folder).includes(key))).toEqual([]);
  keys.close();
  rmSync(folder, { recursive: true });
});

test('no file is made before the first key', () => {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-keys-'));
  const keys = openPersonKeys(join(folder, 'keys.db'));
  keys.save();
  expect([keys.isDestroyed(idOf(1)), keys.wordsOf(idOf(1))]).toEqual([false, undefined]);
  expect(existsSync(keys.path)).toBe(false);
  keys.close();
  rmSync(folder, { recursive: true });
});

function bytesIn(folder: string): Buffer {
  return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
}
