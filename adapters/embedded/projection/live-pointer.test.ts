import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dataFolder } from '../files/data-folder.ts';
import { readLivePointer, writeLivePointer } from './live-pointer.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'figtree-pointer-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const say = (text: string) => writeFileSync(join(folder, 'live.json'), text);

test('without a pointer each projection has the file of its name', () => {
  expect(readLivePointer(folder).of('feed')).toEqual({ live: 'feed.db' });
});

test('a written pointer is read again, and the folder uses it immediately', () => {
  const files = dataFolder(folder);
  expect(files.projection('feed')).toBe(join(folder, 'feed.db'));
  const feed = { live: 'feed-2.db', previous: 'feed.db', replayUpTo: 7 };
  writeLivePointer(folder, readLivePointer(folder).with([['feed', feed]]));
  expect(readLivePointer(folder).of('feed')).toEqual(feed);
  expect(readLivePointer(folder).of('search')).toEqual({ live: 'search.db' });
  expect(files.projection('feed')).toBe(join(folder, 'feed-2.db'));
  expect([...files.projections(['search', 'feed'])]).toEqual([
    ['search', join(folder, 'search.db')],
    ['feed', join(folder, 'feed-2.db')],
  ]);
  expect(readdirSync(folder)).toEqual(['live.json']);
});

test('what it leaves out has its default, and what another projection or program wrote stays', () => {
  say('{"feed": {"live": "feed-2.db", "note": "mine"}, "timeline": {"live": "x.db"}, "remark": "mine"}');
  const pointer = readLivePointer(folder);
  expect(pointer.of('feed')).toEqual({ live: 'feed-2.db' });
  expect(pointer.of('search')).toEqual({ live: 'search.db' });
  writeLivePointer(folder, pointer.with([['feed', { live: 'feed-3.db' }]]));
  expect(readLivePointer(folder).of('timeline')).toEqual({ live: 'x.db' });
});

test.each([
  ['cut off', '{"feed": {"li'],
  ['empty', ''],
  ['a list', '[]'],
  ['without a file', '{"feed": {}}'],
  ['a path out of the folder', '{"feed": {"live": "../feed.db"}}'],
  ['an absolute path', '{"feed": {"live": "/tmp/feed.db"}}'],
  ['a hidden file', '{"feed": {"live": ".."}}'],
  ['a path as the previous one', '{"feed": {"live": "feed.db", "previous": "a\\\\b.db"}}'],
  ['no position', '{"feed": {"live": "feed.db", "replayUpTo": -1}}'],
])('one that is %s is refused, with what to do about it', (_, text) => {
  say(text);
  const damaged = expect.objectContaining({ code: 'DATA_DAMAGED', details: { path: join(folder, 'live.json') } });
  expect(() => readLivePointer(folder).of('feed')).toThrow(damaged);
  expect(() => dataFolder(folder).projection('feed')).toThrow(/remove it/);
});

test('one that cannot be written leaves the old one', () => {
  say('{"feed": {"live": "feed-2.db"}}');
  expect(() => writeLivePointer(join(folder, 'gone'), readLivePointer(folder))).toThrow(
    expect.objectContaining({ code: 'STORAGE_FAILED' }),
  );
  expect(readLivePointer(folder).of('feed')).toEqual({ live: 'feed-2.db' });
  expect(existsSync(join(folder, 'gone'))).toBe(false);
});
