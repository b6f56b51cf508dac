import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FEED_SCHEMA } from './file.ts';
import { openYublTexts, type YublTexts } from './yubl-texts.ts';

const YUBLS = 3000;
const numbers = Array.from({ length: YUBLS }, (_, index) => index + 1);

let folder: string;
let writer: DatabaseSync;
let reader: DatabaseSync;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-texts-'));
  writer = new DatabaseSync(join(folder, 'feed.db'));
  writer.exec(`PRAGMA journal_mode = WAL; ${FEED_SCHEMA}; BEGIN`);
  const insert = writer.prepare('INSERT INTO yubl (yubl_id, author, hidden, item) VALUES (?, ?, 0, ?)');
  for (const number of numbers) insert.run(`id-${number}`, number % 2, textOf(number));
  writer.exec('COMMIT');
  reader = new DatabaseSync(join(folder, 'feed.db'), { readOnly: true });
});
afterEach(() => {
  reader.close();
  writer.close();
  rmSync(folder, { recursive: true });
});

const textOf = (number: number) => `text of ${number}`;
const hide = (where: string) => writer.exec(`UPDATE yubl SET hidden = 1 WHERE hidden = 0 AND ${where}`);

/** Reads within one moment. */
function read(texts: YublTexts, asked: readonly number[] = numbers): string[] {
  texts.catchUp();
  return texts.of(asked);
}

test('returns texts in the requested order, from the file and from memory', () => {
  const texts = openYublTexts(reader);
  expect(read(texts, [3, 1, 2])).toEqual([3, 1, 2].map(textOf));
  expect(read(texts, [4, 2, 5, 1])).toEqual([4, 2, 5, 1].map(textOf));
});

test('returns nothing that was hidden, whether it was cached or not', () => {
  const texts = openYublTexts(reader);
  read(texts, [1, 2, 3]);
  hide('number IN (2, 5)');
  expect(read(texts, [1, 2, 3, 4, 5])).toEqual([1, 3, 4].map(textOf));
  expect(read(texts, [5, 2])).toEqual([]);
});

test('knows what was hidden before it was opened', () => {
  hide('number = 2');
  const texts = openYublTexts(reader);
  expect(read(texts, [1, 2])).toEqual([textOf(1)]);
  hide('number = 1');
  expect(read(texts, [1, 2])).toEqual([]);
});

test('forgets everything of a user with too many yubls to look through', () => {
  const texts = openYublTexts(reader);
  expect(read(texts)).toHaveLength(YUBLS);
  hide('author = 1');
  expect(read(texts)).toEqual(numbers.filter((number) => number % 2 === 0).map(textOf));
  hide('author = 0');
  expect(read(texts)).toEqual([]);
});

test('shows what is read at one moment as it is then, and what was undone as it was', () => {
  const texts = openYublTexts(reader);
  read(texts, [1, 2]);
  reader.exec('BEGIN');
  texts.catchUp();
  hide('number = 1');
  expect(texts.of([1, 2])).toEqual([1, 2].map(textOf));
  reader.exec('COMMIT');
  expect(read(texts, [1, 2])).toEqual([textOf(2)]);
  writer.exec('BEGIN');
  hide('number = 2');
  writer.exec('ROLLBACK');
  expect(read(texts, [1, 2])).toEqual([textOf(2)]);
});

test('answers the same with no room to keep anything', () => {
  const texts = openYublTexts(reader, 100);
  expect(read(texts)).toEqual(numbers.map(textOf));
  hide('number > 1');
  expect(read(texts)).toEqual([textOf(1)]);
});
