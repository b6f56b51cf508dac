import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openArchiveFolder } from '../adapters/embedded/archive/folder.ts';
import { restoreArchive } from '../adapters/embedded/archive/restoring.ts';
import { openArchiveSource } from '../adapters/embedded/archive/source.ts';
import { verifyArchive } from '../adapters/embedded/archive/verifying.ts';
import { writeArchive } from '../adapters/embedded/archive/writing.ts';
import { lockDataFolder } from '../adapters/embedded/files/data-folder.ts';
import { openLogWithArchive } from '../adapters/embedded/archive/log-with-archive.ts';
import { dataOpening } from '../adapters/embedded/keys/sealed-data.ts';
import type { Engine } from '../engine/engine.ts';
import { projectionNames } from '../apps/projections/registry.ts';
import { catalogFacts } from '../schema-registry/catalog-facts.ts';
import { caughtUp } from './swap-load.ts';
import { openSealing, takeEvents } from './erasure-engine.ts';
import { askEngine } from './answers.ts';
import { questions } from './histories.ts';

// Text about a person is in the log and in an archive, or in the archive alone once the log was trimmed.

const [person = '', other = ''] = questions.userIds;
const PLANTED = /quetzalcoatl|zyzzyvas/i;
const { signal } = new AbortController();
const onProgress = () => {};

let root: string;
const data = () => join(root, 'data');
const keysPath = () => join(data(), 'keys.db');
const archive = () => join(root, 'archive');
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'figtree-erasure-archive-'))));
afterEach(() => rmSync(root, { recursive: true }));

async function archiveAll(): Promise<void> {
  const source = await openArchiveSource(data());
  try {
    await writeArchive({ ...source, archive: openArchiveFolder(archive()), signal, onProgress });
  } finally {
    source.close();
  }
}

async function trimAll(engine: Engine): Promise<void> {
  while (!(await engine.operations.trim({ archive: archive() })).done);
}

const time = '2016-02-22T07:00:00.000Z';
const eventOf = (type: string, sequence: string, body: object) => ({
  specversion: '1.0',
  id: `${type} ${sequence}`,
  source: 'urn:test',
  type,
  time,
  sequence,
  data: body,
});
const yubl = (authorId: string, digit: string, text: string) => ({
  ...eventOf('yubl-posted', '4', { yublId: digit.repeat(24), authorId, text, postedAt: time }),
  id: digit,
});
const relation = { relationshipId: 'f'.repeat(24), followerId: other, followeeId: person, followedAt: time };
const his = [
  eventOf('user-joined', '1', { userId: person, userName: 'zyzzyvas', joinedAt: time }),
  eventOf('user-profile-updated', '2', { userId: person, lastName: 'Zyzzyvas the Second' }),
  eventOf('followed', '3', relation),
  yubl(person, 'e', `quetzalcoatl ${'said again '.repeat(2000)} quetzalcoatl at the end`),
];
// The newest event is never trimmed: it belongs to another user.
const begin = [...his, yubl(other, 'd', 'words of another one')];
const leaves = {
  specversion: '1.0',
  id: 'left',
  source: 'urn:test',
  type: 'user-left',
  time,
  data: { userId: person },
};

function filesWithHisWords(): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const bytes = readFileSync(path);
      return PLANTED.test((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1'));
    });
}

/** The engine's answers after the same input, in which the user has left. */
async function answersWithoutHim(): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-erasure-twin-'));
  const twin = await openSealing(folder, false);
  try {
    await takeEvents(twin, [...begin, leaves]);
    return await askEngine(twin, questions);
  } finally {
    await twin.close();
    rmSync(folder, { recursive: true });
  }
}

describe.each([
  ['sealed', true],
  ['plain', false],
] as const)('a %s log', (_name, personKeys) => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await openSealing(data(), personKeys);
    await takeEvents(engine, begin);
    await archiveAll();
  });
  afterEach(() => engine.close());

  test('that was trimmed knows its events again, and builds its projections from archive and log', async () => {
    const answers = await askEngine(engine, questions);
    await trimAll(engine);
    expect(await takeEvents(engine, begin)).toMatchObject({ duplicates: begin.length, accepted: 0, quarantined: 0 });
    const changed = { ...his[3], data: { ...his[3]?.data, authorId: other } };
    expect(await takeEvents(engine, [changed])).toMatchObject({ duplicates: 0, accepted: 0, quarantined: 1 });
    // The personal text of a trimmed event is not remembered.
    const corrected = { ...his[3], data: { ...his[3]?.data, text: 'corrected' } };
    expect(await takeEvents(engine, [corrected])).toMatchObject({ duplicates: 1, accepted: 0 });
    await engine.close();
    for (const name of projectionNames) rmSync(join(data(), `${name}.db`));
    engine = await openSealing(data(), personKeys);
    await caughtUp(engine);
    expect(await askEngine(engine, questions)).toEqual(answers);
  });

  test.each([
    ['the archive that is named', false, true],
    ['the archive that the log was trimmed to', true, false],
  ])('is forgetful of an erased person in %s as well', async (_title, trimmed, named) => {
    if (trimmed) await trimAll(engine);
    const expected = await answersWithoutHim();
    const request = { userId: person, ...(named && { archive: archive() }) };
    expect(await engine.operations.erase({ ...request, dryRun: true })).toMatchObject({ events: 4, texts: 3 });
    const report = await engine.operations.erase(request);
    expect(report).toMatchObject({ clean: true, leftAt: begin.length + 1, erasedBefore: false });
    expect(report.words).toBeGreaterThan(2);
    expect(report.overwritten > 0).toBe(!personKeys);
    expect(filesWithHisWords()).toEqual([]);
    expect(await askEngine(engine, questions)).toEqual(expected);
    // A second run finds the person gone, even if their `user-left` is only in the archive.
    await takeEvents(engine, [yubl(other, 'c', 'the newest')]);
    await archiveAll();
    await trimAll(engine);
    expect(await engine.operations.erase(request)).toMatchObject({ clean: true, leftAt: begin.length + 1, words: 0 });
    expect(await takeEvents(engine, begin)).toMatchObject({ duplicates: begin.length, accepted: 0 });

    expect(await verifyArchive({ archive: openArchiveFolder(archive()), signal, onProgress })).toMatchObject({
      faults: [],
      unnamed: [],
    });
    const folder = lockDataFolder(join(root, 'restored'));
    await restoreArchive({
      folder,
      archive: openArchiveFolder(archive()),
      projections: projectionNames,
      signal,
      onProgress,
    });
    folder.unlock();
    if (existsSync(keysPath())) copyFileSync(keysPath(), join(root, 'restored', 'keys.db'));
    const answers = await askEngine(engine, questions);
    await engine.close();
    for (const name of projectionNames) rmSync(join(data(), `${name}.db`));
    for (const path of [join(root, 'restored'), data()]) {
      engine = await openSealing(path, personKeys);
      await caughtUp(engine);
      expect(await askEngine(engine, questions)).toEqual(answers);
      await engine.close();
    }
    expect(filesWithHisWords()).toEqual([]);
    engine = await openSealing(data(), personKeys);
  });
});

test('without the file of keys nothing is sealed anew, and it is the keys that are missed', async () => {
  const sealing = await openSealing(data(), true);
  await takeEvents(sealing, begin);
  await archiveAll();
  await sealing.close();
  rmSync(join(data(), 'keys.db'));
  await expect(openSealing(data(), true)).rejects.toMatchObject({
    code: 'DATA_DAMAGED',
    details: { path: keysPath() },
  });
  expect(existsSync(keysPath())).toBe(false);
  const logPath = join(data(), 'log.db');
  const opening = dataOpening(logPath, catalogFacts().personFields);
  const log = openLogWithArchive({ logPath, archive: archive(), opening });
  await expect(log.read({ after: 0, limit: 10 })).rejects.toMatchObject({ code: 'DATA_DAMAGED' });
  await log.close();
});
