import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomRuns } from '../ports/contracts/random-runs.ts';
import { openPersonKeys } from '../adapters/embedded/keys/person-keys.ts';
import { startCli } from '../testing/cli/cli-process.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { ERASED } from '../events/person-field.ts';
import { projectionNames } from '../apps/projections/registry.ts';
import { caughtUp } from './swap-load.ts';
import { openSealing, takeEvents } from './erasure-engine.ts';
import { askEngine } from './answers.ts';
import { histories, questions } from './histories.ts';

// An erased user is gone from every answer as if they had left, and no file contains their text.

const [person = '', other = ''] = questions.userIds;
const PLANTED = /quetzalcoatl|zyzzyvas/i;

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'figtree-erasure-'))));
afterEach(() => rmSync(root, { recursive: true }));

function eventOf(type: string, id: string, data: object) {
  return { specversion: '1.0', id, source: 'urn:test', type, time: '2016-02-22T07:00:00.000Z', data };
}

const begin = [
  {
    ...eventOf('user-joined', 'a', { userId: person, userName: 'zyzzyvas', joinedAt: '2016-02-22T07:00:00Z' }),
    sequence: '1',
  },
  { ...eventOf('user-profile-updated', 'b', { userId: person, lastName: 'Zyzzyvas the Second' }), sequence: '2' },
  {
    ...eventOf('followed', 'c', {
      relationshipId: 'f'.repeat(24),
      followerId: other,
      followeeId: person,
      followedAt: '2016-02-22T07:00:00Z',
    }),
    sequence: '3',
  },
  yublOf('d', 'e', `quetzalcoatl ${'said again '.repeat(2000)} quetzalcoatl at the end`),
];

function yublOf(id: string, digit: string, text: string) {
  const data = { yublId: digit.repeat(24), authorId: person, text, postedAt: '2016-02-22T07:00:00Z' };
  return { ...eventOf('yubl-posted', id, data), sequence: '4' };
}

/** The same history, with text that only this user wrote. */
function planted(event: EventEnvelope, number: number): EventEnvelope {
  const data = event.data as Record<string, unknown>;
  if (data['authorId'] !== person && data['userId'] !== person) return event;
  const names = Object.fromEntries(
    ['userName', 'firstName', 'lastName'].flatMap((name) => {
      const called = data[name];
      return typeof called === 'string' ? [[name, `${called} zyzzyvas${number}`]] : [];
    }),
  );
  const text = 'text' in data ? { text: `${String(data['text'])} quetzalcoatl${number}` } : {};
  return { ...event, data: { ...data, ...names, ...text } } as EventEnvelope;
}

const namesPerson = ({ data }: { data: unknown }) => JSON.stringify(data).includes(person);

/** Files below the folder that contain a planted word. */
function filesWithTheirWords(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => PLANTED.test(readFileSync(path, 'latin1')));
}

test('an erased person is forgotten as if they had left, in every answer and every file, permanently', async () => {
  const property = fc.asyncProperty(histories, fc.boolean(), async ({ arrival }, personKeys) => {
    const folder = mkdtempSync(join(root, 'life-'));
    const twin = mkdtempSync(join(root, 'twin-'));
    const events = [...begin, ...arrival.map(planted)];
    const [engine, twinEngine] = [await openSealing(folder, personKeys), await openSealing(twin, false)];
    try {
      await takeEvents(engine, events);
      await takeEvents(twinEngine, [...events, eventOf('user-left', 'he leaves', { userId: person })]);
      const expected = await askEngine(twinEngine, questions);
      expect(filesWithTheirWords(folder)).not.toEqual([]);

      const report = await engine.operations.erase({ userId: person });
      expect(report).toMatchObject({ clean: true, erasedBefore: false });
      expect(report.words).toBeGreaterThan(2);
      expect(report.overwritten > 0).toBe(!personKeys);
      expect(await askEngine(engine, questions)).toEqual(expected);
      expect(filesWithTheirWords(folder)).toEqual([]);

      const again = events.filter(namesPerson);
      expect(await takeEvents(engine, again)).toMatchObject({ duplicates: again.length, accepted: 0 });
      await takeEvents(engine, [yublOf('new', 'c', 'quetzalcoatl is back')]);
      expect(await askEngine(engine, questions)).toEqual(expected);
      expect(filesWithTheirWords(folder)).toEqual([]);
      expect(await engine.operations.erase({ userId: person })).toMatchObject({
        clean: true,
        erasedBefore: true,
        words: 0,
      });

      await engine.close();
      for (const name of projectionNames) rmSync(join(folder, `${name}.db`));
      const anew = await openSealing(folder, personKeys);
      await caughtUp(anew);
      expect(await askEngine(anew, questions)).toEqual(expected);
      const { events: read } = await anew.log.read({ after: 0, limit: 4 });
      expect(read.map(({ data }) => data)).toMatchObject([
        { userName: ERASED },
        { lastName: ERASED },
        {},
        { text: ERASED },
      ]);
      await anew.close();
      expect(filesWithTheirWords(folder)).toEqual([]);
    } finally {
      await Promise.all([engine.close(), twinEngine.close()]);
    }
  });
  await expect(fc.assert(property, { numRuns: randomRuns(2), endOnFailure: true })).resolves.toBeUndefined();
});

describe('an erasure', () => {
  test('that was killed after the key was destroyed continues, and still knows what to look for', async () => {
    const engine = await openSealing(root, true);
    await takeEvents(engine, begin);
    await engine.close();
    const keys = openPersonKeys(join(root, 'keys.db'));
    keys.rememberWords(person, ['quetzalcoatl at the end', 'Zyzzyvas the Second']);
    keys.destroy(person);
    keys.close();
    expect(filesWithTheirWords(root)).toContain(join(root, 'feed.db'));
    const next = await openSealing(root, true);
    expect(await next.operations.erase({ userId: person })).toMatchObject({
      clean: true,
      erasedBefore: true,
      words: 2,
    });
    expect(filesWithTheirWords(root)).toEqual([]);
    await next.close();
  });

  test('names every file in which something is left, also in an archive', async () => {
    const archive = join(root, 'archive');
    const data = join(root, 'data');
    mkdirSync(archive);
    const engine = await openSealing(data, false);
    await takeEvents(engine, begin);
    await engine.close();
    copyFileSync(join(data, 'log.db'), join(data, 'log.db.bak'));
    writeFileSync(join(archive, '2016-02-22.ndjson.gz'), gzipSync(`${'x'.repeat(5_000_000)}zyzzyvas`));
    const next = await openSealing(data, false);
    const { clean, places } = await next.operations.erase({ userId: person, archive });
    await next.close();
    expect(clean).toBe(false);
    expect(places.filter(({ words }) => words > 0).map(({ path }) => path)).toEqual([
      join(data, 'log.db.bak'),
      join(archive, '2016-02-22.ndjson.gz'),
    ]);
  });

  test('removes their refused input, and the versions of projections that are not live', async () => {
    const engine = await openSealing(root, true);
    await takeEvents(engine, [
      ...begin,
      eventOf('yubl-posted', 'bad', { authorId: person, text: 'quetzalcoatl' }),
      { id: 'else' },
    ]);
    expect(await engine.quarantine.count()).toBe(2);
    writeFileSync(join(root, 'live.json'), JSON.stringify({ feed: { live: 'feed.db', previous: 'feed-old.db' } }));
    const others = ['feed-at-3.db', 'feed-old.db'].map((file) => join(root, file));
    for (const path of others) new DatabaseSync(path).close();
    const report = await engine.operations.erase({ userId: person });
    expect(report).toMatchObject({ clean: true, unquarantined: 1, removed: others });
    expect(await engine.quarantine.count()).toBe(1);
    expect(others.filter((path) => existsSync(path))).toEqual([]);
    await expect(engine.operations.rollback({ projections: ['feed'] })).rejects.toMatchObject({
      code: 'SWAP_REFUSED',
      message: expect.stringContaining('projection feed has no previous version'),
    });
    await engine.close();
  });

  test('reaches a person that is named by nothing but what was refused', async () => {
    const engine = await openSealing(root, false);
    const refused = { ...eventOf('yubl-posted', 'bad', { authorId: person, text: 'quetzalcoatl' }), sequence: '1' };
    await takeEvents(engine, [refused]);
    expect(filesWithTheirWords(root)).not.toEqual([]);
    expect(await engine.operations.erase({ userId: person })).toMatchObject({
      events: 0,
      unquarantined: 1,
      clean: true,
    });
    expect(filesWithTheirWords(root)).toEqual([]);
    await engine.close();
  });

  test('has not ended while a projection has parked their user-left', async () => {
    const engine = await openSealing(root, true);
    await takeEvents(engine, begin);
    await engine.close();
    const feed = new DatabaseSync(join(root, 'feed.db'));
    // An event that only waits, and is not retried at a start.
    feed.prepare("INSERT INTO figtree_parked VALUES (2, ?, 0, 'b', NULL, 0, NULL, NULL, 1, NULL)").run(person);
    feed.close();
    const next = await openSealing(root, true);
    await expect(next.operations.erase({ userId: person })).rejects.toMatchObject({
      code: 'CONSUMER_STOPPED',
      message: expect.stringContaining(`figtree parked redrive --key ${person}`),
    });
    await next.close();
  });

  test('calls a folder that it was told to search, and that holds nothing, not clean', async () => {
    const archive = join(root, 'empty');
    mkdirSync(archive);
    const engine = await openSealing(join(root, 'data'), true);
    await takeEvents(engine, begin);
    const { clean, places } = await engine.operations.erase({ userId: person, archive });
    expect([clean, places.at(-1)]).toMatchObject([false, { path: archive, unreadable: 'it is empty' }]);
    await engine.close();
  });

  test.each([
    ['nobody', { code: 'REQUEST_INVALID' }],
    ['9'.repeat(24), { code: 'NOT_FOUND' }],
  ])('of %s is refused', async (userId, error) => {
    const engine = await openSealing(root, true);
    await takeEvents(engine, begin);
    await expect(engine.operations.erase({ userId })).rejects.toMatchObject(error);
    await engine.close();
  });
});

describe('figtree erase', () => {
  test('changes nothing without --yes, and with it reaches the process that holds the folder', async () => {
    const env = { FIGTREE_PERSON_KEYS: 'on' };
    const engine = await openSealing(root, true);
    await takeEvents(engine, begin);
    const head = await engine.log.head();
    const plan = await startCli(['erase', person, '--json'], { data: root, env }).result;
    expect([plan.code, JSON.parse(plan.stdout)]).toMatchObject([2, { dryRun: true, events: 4, texts: 3 }]);
    expect(await engine.log.head()).toBe(head);
    const said = await startCli(['erase', person], { data: root, env }).result;
    expect([said.code, said.stdout]).toEqual([2, expect.stringContaining('Nothing was changed')]);
    const done = await startCli(['erase', person, '--yes', '--json'], { data: root, env }).result;
    expect([done.code, JSON.parse(done.stdout)]).toMatchObject([0, { clean: true, leftAt: head + 1 }]);
    await engine.close();
    const again = await startCli(['erase', person, '--yes'], { data: root, env }).result;
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('proves nothing about copies')]);
    expect(filesWithTheirWords(root)).toEqual([]);
  });
});
