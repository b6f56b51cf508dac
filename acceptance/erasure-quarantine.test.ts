import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defined } from '../events/defined.ts';
import { openArchiveFolder } from '../adapters/embedded/archive/folder.ts';
import { openArchiveSource } from '../adapters/embedded/archive/source.ts';
import { writeArchive } from '../adapters/embedded/archive/writing.ts';
import type { Engine } from '../engine/engine.ts';
import type { Door } from '../ports/quarantine.ts';
import { caughtUp } from './swap-load.ts';
import { openSealing, takeEvents } from './erasure-engine.ts';
import { projectionNames } from '../apps/projections/registry.ts';

// Refused input may be about a person in any spelling, in any part of it, and in any copy. Each text contains
// `confession`.

const person = '56cb04ac6c4e803da12a9500';
const other = '56cb04ac6c4e803da12a9501';

let root: string;
let engine: Engine;
const data = () => join(root, 'data');
const archive = () => join(root, 'archive');
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'figtree-refused-'))));
afterEach(async () => {
  await engine.close();
  rmSync(root, { recursive: true });
});

function joined(userId: string, userName: string) {
  return event('user-joined', `joined ${userId}`, { userId, userName, joinedAt: '2026-01-01T10:00:00Z' });
}

function event(type: string, id: string, said: object) {
  return { specversion: '1.0', id, source: 'urn:test', type, time: '2026-01-01T10:00:00.000Z', data: said };
}

async function open(personKeys = false): Promise<void> {
  engine = await openSealing(data(), personKeys);
  await takeEvents(engine, [joined(person, 'Zürcher-Zaphod'), joined(other, 'Trillian-McMillan')]);
}

async function refuse(text: string, door: Door = 'events', fingerprint?: string): Promise<void> {
  const item = { text, ...defined({ fingerprint }) };
  expect(await engine.ingest.take([item], { door, origin: 'the test' })).toMatchObject({ quarantined: 1 });
}

/** Every file below the root, unpacked, that contains a word. */
function filesWith(word: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => (path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)).includes(word));
}

const posted = (authorId: string) => `{"type":"yubl-posted","data":{"authorId":"${authorId}","text":"confession"}}`;
const escaped = (text: string) =>
  text.replace(/[^]/g, (unit) => `\\u00${unit.charCodeAt(0).toString(16).padStart(2, '0')}`);
const change = (userId: string) =>
  `{"operationType":"insert","ns":{"coll":"yubls"},"clusterTime":{"$timestamp":{"t":1767261600,"i":1}},` +
  `"fullDocument":{"_id":{"$oid":"${'a'.repeat(24)}"},"userId":{"$oid":"${userId}"},"text":"confession"}}`;

describe('an erasure removes what was refused and names the person', () => {
  const spellings: readonly (readonly [title: string, text: string, door: Door])[] = [
    ['plain', posted(person), 'events'],
    ['in capitals', posted(person.toUpperCase()), 'events'],
    ['in capitals at the legacy door', change(person.toUpperCase()), 'legacy'],
    ['with an escape', change(`5\\u0036${person.slice(2)}`), 'legacy'],
    ['in escapes alone', posted(escaped(person)), 'events'],
    ['in escapes of capitals', posted(escaped(person.toUpperCase())), 'events'],
    ['in JSON within JSON', JSON.stringify({ text: posted(escaped(person)) }), 'events'],
    ['as a part of a URL', `{"text":"confession","url":"https://example.test/users/%35${person.slice(1)}"}`, 'events'],
    ['as a key', `{"text":"confession","users":{"${person}":1}}`, 'events'],
    ['in half a line', posted(person).slice(0, -3), 'events'],
    ['behind the cut', `{"text":"confession ${'x'.repeat(70_000)}","authorId":"${person}"}`, 'events'],
    ['in the cut', `{"text":"confession ${'x'.repeat(65_490)}","authorId":"${person}"}`, 'events'],
    ['in an escape that the cut goes through', `["confession ${'é'.repeat(65_500)}","${escaped(person)}"]`, 'events'],
    ['by name alone, escaped', '{"text":"confession of Z\\u00fcrcher-Zaphod', 'events'],
    ['by name alone, escaped in capitals', '{"text":"confession of Z\\u00FCrcher-Zaphod', 'events'],
    ['by name alone, with the accent apart', `{"text":"confession of ${'Zürcher-Zaphod'.normalize('NFD')}`, 'events'],
    ['by name alone, as a part of a URL', `{"text":"confession of ${encodeURIComponent('Zürcher-Zaphod')}`, 'events'],
    ['by name alone, in Latin-1 of a URL', '{"text":"confession of Z%FCrcher-Zaphod', 'events'],
    ['by name alone, in Latin-1 that was read as UTF-8', '{"text":"confession of Z\ufffdrcher-Zaphod', 'events'],
    ['by name alone, in octal', '{"text":"confession of Z\\374rcher-Zaphod', 'events'],
    ['by name alone, in wide letters', '{"text":"confession of Ｚürcher-Ｚaphod', 'events'],
    ['by name alone, in capitals', '{"text":"confession of ZÜRCHER-ZAPHOD', 'events'],
  ];

  test('in any spelling', async () => {
    await open();
    for (const [, text, door] of spellings) await refuse(text, door);
    await refuse(posted(other).replace('confession', 'of another'));
    expect(filesWith('confession')).not.toEqual([]);
    const report = await engine.operations.erase({ userId: person });
    const left = new Set((await engine.quarantine.list({ after: 0, limit: 100 })).map(({ raw }) => raw.slice(0, 100)));
    expect(spellings.filter(([, text]) => left.has(text.slice(0, 100))).map(([title]) => title)).toEqual([]);
    expect(report).toMatchObject({ unquarantined: spellings.length, clean: true });
    expect(filesWith('confession')).toEqual([]);
    expect(left.size).toBe(1);
  });

  test('in a line of which no more than its beginning was kept, and in depths that were not written down', async () => {
    const { ndjsonBatches } = await import('../producers/ndjson-lines.ts');
    const { bodyItems } = await import('../producers/body-items.ts');
    await open();
    const line = `{"text":"confession ${'x'.repeat(2_000_000)}","authorId":"${person}"}`;
    const pieces = Array.from({ length: Math.ceil(line.length / 1000) }, (_, at) =>
      line.slice(at * 1000, (at + 1) * 1000),
    );
    for await (const items of ndjsonBatches(
      (async function* () {
        for (const each of pieces) yield Buffer.from(each);
      })(),
    ))
      await engine.ingest.take(items, { door: 'events', origin: 'a file' });
    const deep = `[{"text":"confession","deep":${'['.repeat(20_000)}"${person}"${']'.repeat(20_000)}}]`;
    await engine.ingest.take(bodyItems(deep), { door: 'events', origin: 'a body' });
    expect(await engine.quarantine.count()).toBe(2);
    expect(await engine.operations.erase({ userId: person })).toMatchObject({ unquarantined: 2, clean: true });
    expect(filesWith('confession')).toEqual([]);
  });

  test('and was released meanwhile', async () => {
    await open();
    await refuse(posted(person.toUpperCase()));
    const [entry] = await engine.quarantine.list({ after: 0, limit: 1 });
    await engine.quarantine.release(entry?.id ?? 0);
    expect(await engine.operations.erase({ userId: person })).toMatchObject({ unquarantined: 1, clean: true });
    expect(filesWith('confession')).toEqual([]);
  });
});

describe('a text that names more than can be noted', () => {
  const manyIds = (count: number) => Array.from({ length: count }, (_, at) => at.toString(16).padStart(24, '0'));

  test('is not kept if it would be cut', async () => {
    await open();
    await refuse(`["confession","${manyIds(3000).join('","')}"`);
    expect(await engine.quarantine.list({ after: 0, limit: 1 })).toMatchObject([{ raw: '', truncated: true }]);
    expect(filesWith('confession')).toEqual([]);
  });

  test('is kept if it is kept whole, and found by the last of them', async () => {
    await open();
    const text = `["confession","${[...manyIds(1500), person].join('","')}"`;
    await refuse(text);
    expect(await engine.quarantine.list({ after: 0, limit: 1 })).toMatchObject([{ raw: text, truncated: false }]);
    expect(await engine.operations.erase({ userId: person })).toMatchObject({ unquarantined: 1, clean: true });
    expect(filesWith('confession')).toEqual([]);
  });
});

test('an entry that was cut before it was noted whom it names is told, and the erasure is not clean', async () => {
  const { DatabaseSync } = await import('node:sqlite');
  await open();
  const cut = `{"text":"confession ${'x'.repeat(70_000)}","authorId":"${person}"}`;
  await refuse(cut);
  await refuse(posted(person));
  await engine.close();
  const log = new DatabaseSync(join(data(), 'log.db'));
  log.exec('UPDATE quarantine SET persons = NULL');
  log.close();
  engine = await openSealing(data(), false);
  const { clean, unquarantined, places } = await engine.operations.erase({ userId: person });
  expect([clean, unquarantined]).toEqual([false, 1]);
  expect(places.filter(({ unreadable }) => unreadable !== undefined)).toMatchObject([
    { path: expect.stringContaining('log.db, quarantine entry 1') },
  ]);
  // Sent again it is recorded. What to look for is still known, because the search was incomplete.
  await refuse(cut);
  writeFileSync(join(data(), 'notes.txt'), 'Zürcher-Zaphod was here');
  const again = await engine.operations.erase({ userId: person });
  expect([again.clean, again.unquarantined]).toEqual([false, 1]);
  expect(again.places.filter(({ words }) => words > 0)).toMatchObject([{ path: join(data(), 'notes.txt') }]);
  rmSync(join(data(), 'notes.txt'));
  expect(await engine.operations.erase({ userId: person })).toMatchObject({ clean: true });
});

describe('with keys of persons', () => {
  async function archiveAll(): Promise<void> {
    const source = await openArchiveSource(data());
    const { signal } = new AbortController();
    await writeArchive({ ...source, archive: openArchiveFolder(archive()), signal, onProgress() {} });
    source.close();
  }

  test('what was refused is plain in no file, and an archive that is not named is unreadable after an erasure', async () => {
    await open(true);
    await refuse(posted(person));
    await refuse(posted(other).replace('confession', 'of another'));
    await archiveAll();
    expect([...filesWith('confession'), ...filesWith('of another')]).toEqual([]);
    expect((await engine.quarantine.list({ after: 0, limit: 9 })).map(({ raw }) => raw)).toEqual([
      posted(person),
      posted(other).replace('confession', 'of another'),
    ]);
    expect(await engine.operations.erase({ userId: person })).toMatchObject({ unquarantined: 1, clean: true });
    await engine.close();
    // With the archive and the remaining keys, only the other entry can be read.
    const { restoreArchive } = await import('../adapters/embedded/archive/restoring.ts');
    const { lockDataFolder } = await import('../adapters/embedded/files/data-folder.ts');
    const folder = lockDataFolder(join(root, 'restored'));
    const { signal } = new AbortController();
    await restoreArchive({
      folder,
      archive: openArchiveFolder(archive()),
      projections: projectionNames,
      signal,
      onProgress() {},
    });
    folder.unlock();
    renameSync(join(data(), 'keys.db'), join(root, 'restored', 'keys.db'));
    engine = await openSealing(join(root, 'restored'), true);
    await caughtUp(engine);
    expect((await engine.quarantine.list({ after: 0, limit: 9 })).map(({ raw }) => raw)).toEqual([
      '(erased)',
      posted(other).replace('confession', 'of another'),
    ]);
    expect(await engine.operations.erase({ userId: person })).toMatchObject({ unquarantined: 1, clean: true });
  });

  test('a text that is refused twice keeps its newest problem, and one that is sent after the erasure is sealed anew', async () => {
    await open(true);
    await refuse(posted(person));
    await refuse(posted(person));
    expect(await engine.quarantine.count()).toBe(1);
    await engine.operations.erase({ userId: person });
    await refuse(posted(person));
    expect(await engine.quarantine.list({ after: 0, limit: 1 })).toMatchObject([{ raw: posted(person) }]);
    expect(await engine.operations.erase({ userId: person })).toMatchObject({ unquarantined: 1 });
  });

  test('entries stay sealed when the keys are switched off', async () => {
    await open(true);
    await refuse(posted(person));
    await engine.close();
    engine = await openSealing(data(), false);
    await refuse(posted(person));
    expect(await engine.quarantine.list({ after: 0, limit: 1 })).toMatchObject([{ raw: posted(person) }]);
    expect(filesWith('confession')).toEqual([]);
  });
});

describe('files behind links', () => {
  test('are searched with their WAL, and a link that leads nowhere is told', async () => {
    await open();
    await engine.close();
    const elsewhere = join(root, 'elsewhere');
    mkdirSync(elsewhere);
    renameSync(join(data(), 'log.db'), join(elsewhere, 'kept.db'));
    symlinkSync(join(elsewhere, 'kept.db'), join(data(), 'log.db'));
    writeFileSync(join(elsewhere, 'notes.part'), gzipSync('of Zürcher-Zaphod'));
    symlinkSync(elsewhere, join(data(), 'more'));
    symlinkSync(data(), join(elsewhere, 'back'));
    symlinkSync(join(root, 'nowhere'), join(data(), 'lost'));
    engine = await openSealing(data(), false);
    const { clean, places } = await engine.operations.erase({ userId: person });
    expect(clean).toBe(false);
    const paths = places.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining([join(data(), 'log.db'), join(data(), 'log.db-wal')]));
    expect(places.filter(({ words, unreadable }) => words > 0 || unreadable !== undefined)).toEqual([
      { path: join(data(), 'lost'), words: 0, unreadable: expect.stringContaining('link') },
      { path: join(data(), 'more', 'notes.part'), words: 1 },
    ]);
  });

  test('are removed with a version of a projection that is not live', async () => {
    await open();
    await engine.close();
    const target = join(root, 'old-feed.db');
    renameSync(join(data(), 'feed.db'), target);
    symlinkSync(target, join(data(), 'feed-old.db'));
    engine = await openSealing(data(), false);
    await caughtUp(engine);
    const { removed } = await engine.operations.erase({ userId: person });
    expect(removed).toEqual([join(data(), 'feed-old.db')]);
    expect(existsSync(target)).toBe(false);
  });
});

describe('the name of the event that an erasure records', () => {
  test('cannot be taken by a publisher', async () => {
    await open();
    for (const source of ['figtree', 'Figtree', 'figtree:erasure', 'urn:figtree:x', 'URN:FIGTREE:x']) {
      const taking = { ...event('user-left', `erase-${person}`, { userId: other }), source };
      expect((await takeEvents(engine, [taking])).problems, source).toMatchObject([{ code: 'SOURCE_RESERVED' }]);
    }
    const alike = { ...event('user-left', 'x', { userId: 'c'.repeat(24) }), source: 'urn:figtrees:x' };
    expect(await takeEvents(engine, [alike])).toMatchObject({ accepted: 1 });
  });

  test('is free also where one was taken before', async () => {
    await open();
    const ownSources = () => undefined;
    const text = JSON.stringify({ ...event('user-left', `erase-${person}`, { userId: other }), source: 'figtree' });
    const from = { door: 'events', origin: 'an earlier release', sources: ownSources } as const;
    expect(await engine.ingest.take([{ text }], from)).toMatchObject({ accepted: 1 });
    expect(await engine.operations.erase({ userId: person })).toMatchObject({ clean: true });
    expect(await engine.relationships.user(person)).toBeUndefined();
  });
});
