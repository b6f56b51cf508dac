import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../events/json-object.ts';
import { type DurableFile, openDurableFile } from '../../adapters/embedded/files/durable-file.ts';
import { LEGACY_MEMORY_SCHEMA, openSqliteLegacyMemory } from '../../adapters/embedded/log/legacy-memory.ts';
import type { LegacyMemory } from '../../ports/legacy-memory.ts';
import { NO_CORRELATION } from '../build-event.ts';
import { LEGACY_SOURCE } from './change-events.ts';
import { legacyDoor } from './legacy-door.ts';
import { ADA, BOB, CAT, EDGE, relationship, removal, update, whole, without } from './sample-changes.ts';

let folder: string;
let file: DurableFile;
let memory: LegacyMemory;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-'));
  file = openDurableFile(join(folder, 'log.db'), LEGACY_MEMORY_SCHEMA);
  memory = openSqliteLegacyMemory(file);
});

afterEach(async () => {
  await file.close();
  rmSync(folder, { recursive: true });
});

/** Reads changes as one delivery, and remembers what they say. */
async function read(...documents: JsonObject[]) {
  const items = documents.map((value) => ({ text: JSON.stringify(value) }));
  const { readings, remembered } = await legacyDoor(memory).read(items, NO_CORRELATION);
  await memory.remember(remembered);
  return readings;
}

/** The reading of one change after those that were read before. */
async function say(document: JsonObject) {
  const [reading] = await read(document);
  if (reading?.kind === 'refused') return `${reading.problem.code} ${reading.problem.path}`;
  if (reading?.kind !== 'events') return reading?.kind;
  return reading.events.map((event) => {
    if (event.type !== 'followed' && event.type !== 'unfollowed') return event.type;
    return `${nameOf(event.data.followerId)} ${event.type} ${nameOf(event.data.followeeId)}`;
  });
}

function nameOf(id: string): string {
  return { [ADA]: 'ada', [BOB]: 'bob', [CAT]: 'cat' }[id] ?? id;
}

const insert = (follower: string, followee: string, more: JsonObject = {}) =>
  whole('relationships', 'insert', relationship(follower, followee, more));
const replace = (follower: string, followee: string, more: JsonObject = {}) =>
  whole('relationships', 'replace', relationship(follower, followee, more));
const set = (updatedFields: JsonObject) => update('relationships', EDGE, { updatedFields });
const remove = (more: JsonObject = {}) => removal('relationships', EDGE, more);

describe('a door for one database', () => {
  const inDatabase = async (ns: unknown, more: JsonObject = {}) => {
    const text = JSON.stringify({ ...insert(ADA, BOB), ...more, ns });
    const { readings, remembered } = await legacyDoor(memory, { database: 'yubl' }).read([{ text }], NO_CORRELATION);
    const [reading] = readings;
    return [
      reading?.kind === 'refused' ? `${reading.problem.code} ${reading.problem.path}` : reading?.kind,
      remembered.length,
    ];
  };

  test('takes its changes', async () => {
    expect(await inDatabase({ db: 'yubl', coll: 'relationships' })).toEqual(['events', 1]);
  });

  test.each([
    [{ db: 'other', coll: 'relationships' }, {}],
    [{ db: 'YUBL', coll: 'relationships' }, {}],
    [{ db: '', coll: 'relationships' }, {}],
    [{ db: 'other', coll: 'invoices' }, {}],
    [{ db: 'other' }, { operationType: 'dropDatabase' }],
  ])('ignores those of %j, and remembers nothing of them', async (ns, more) => {
    expect(await inDatabase(ns, more)).toEqual(['ignored', 0]);
  });

  test.each([[{ coll: 'relationships' }], [{ db: 5, coll: 'relationships' }], [{ db: null, coll: 'relationships' }]])(
    'refuses what may be of any: %j',
    async (ns) => {
      expect(await inDatabase(ns)).toEqual(['CHANGE_INVALID ns.db', 0]);
    },
  );
});

test('without a database, changes of all of them count', async () => {
  const of = (db: string | undefined) => ({ ...insert(ADA, BOB), ns: { db, coll: 'relationships' } });
  const readings = await read(of('yubl'), of('other'), of(undefined));
  expect(readings.map(({ kind }) => kind)).toEqual(['events', 'events', 'events']);
});

test('an insert is followed, in an envelope that says where it comes from', async () => {
  const document = insert(ADA, BOB);
  const [reading] = await read(document);
  expect(reading).toEqual({
    kind: 'events',
    events: [
      {
        specversion: '1.0',
        id: (document['_id'] as JsonObject)['_data'],
        source: LEGACY_SOURCE,
        type: 'followed',
        time: (document['wallTime'] as JsonObject)['$date'],
        datacontenttype: 'application/json',
        dataschema: 'figtree:followed:1',
        subject: EDGE,
        partitionkey: ADA,
        sequence: expect.stringMatching(/^14561\d{5}0000000001$/),
        correlationid: (document['_id'] as JsonObject)['_data'],
        data: { relationshipId: EDGE, followerId: ADA, followeeId: BOB, followedAt: '2016-02-22T07:03:00.000Z' },
      },
    ],
  });
});

test.each([
  ['follower', undefined, 'fullDocument.follower'],
  ['followee', 'bob', 'fullDocument.followee'],
  ['createdAt', {}, 'fullDocument.createdAt'],
])('an insert whose %s is %j is refused with the path', async (name, value, path) => {
  const document =
    value === undefined ? without(relationship(ADA, BOB), name) : relationship(ADA, BOB, { [name]: value });
  expect(await say(whole('relationships', 'insert', document))).toBe(`CHANGE_INVALID ${path}`);
});

describe('a self-follow', () => {
  test('is refused under its own name', async () => {
    expect(await say(insert(ADA, ADA))).toBe('SELF_FOLLOW fullDocument.followee');
  });

  test('ends without a word, because it never began', async () => {
    await say(insert(ADA, ADA));
    expect(await say(remove())).toBe('ignored');
  });

  test('that a follow became is refused, and the follow can still end', async () => {
    await say(insert(ADA, BOB));
    expect(await say(replace(ADA, ADA))).toBe('SELF_FOLLOW fullDocument.followee');
    expect(await say(remove())).toEqual(['ada unfollowed bob']);
  });

  test('that becomes a follow only begins', async () => {
    await say(insert(ADA, ADA));
    expect(await say(replace(ADA, CAT))).toEqual(['ada followed cat']);
  });
});

describe('a removal', () => {
  test('is unfollowed, of the pair that was remembered', async () => {
    await say(insert(ADA, BOB));
    expect(await say(remove())).toEqual(['ada unfollowed bob']);
  });

  test('is unfollowed, of the pair in the pre-image', async () => {
    expect(await say(remove({ fullDocumentBeforeChange: relationship(ADA, CAT) }))).toEqual(['ada unfollowed cat']);
  });

  test('is refused if the pre-image cannot be read', async () => {
    const fullDocumentBeforeChange = without(relationship(ADA, CAT), 'follower');
    expect(await say(remove({ fullDocumentBeforeChange }))).toBe('CHANGE_INVALID fullDocumentBeforeChange.follower');
  });

  test('is understood from an insert of the same delivery', async () => {
    const readings = await read(insert(ADA, BOB), set({ followee: { $oid: CAT } }), remove());
    const events = readings.flatMap((reading) => (reading.kind === 'events' ? reading.events : []));
    expect(events.map(({ type }) => type)).toEqual(['followed', 'unfollowed', 'followed', 'unfollowed']);
    expect(events.at(-1)?.data).toEqual({ relationshipId: EDGE, followerId: ADA, followeeId: CAT });
  });

  test('waits if nothing is known of the relationship, and works once its insert has come', async () => {
    const [first, second] = [insert(ADA, BOB), remove()];
    expect(await say(second)).toBe('RELATIONSHIP_UNKNOWN documentKey._id');
    await say(first);
    expect(await say(second)).toEqual(['ada unfollowed bob']);
  });

  test('still works if the insert was refused for another reason', async () => {
    expect(await say(insert(ADA, BOB, { createdAt: 'never' }))).toBe('CHANGE_INVALID fullDocument.createdAt');
    expect(await say(remove())).toEqual(['ada unfollowed bob']);
  });
});

describe('a change of who follows whom', () => {
  const moved = ['ada unfollowed bob', 'ada followed cat'];

  test.each([
    ['a replacement', () => replace(ADA, CAT), moved],
    ['an update of the followee', () => set({ followee: { $oid: CAT } }), moved],
    ['an update of the follower', () => set({ follower: { $oid: CAT } }), ['ada unfollowed bob', 'cat followed bob']],
  ])('by %s ends the one and begins the other', async (_, change, expected) => {
    await say(insert(ADA, BOB));
    expect(await say(change())).toEqual(expected);
  });

  test('becomes events with different ids', async () => {
    await say(insert(ADA, BOB));
    const [reading] = await read(replace(ADA, CAT));
    const ids = reading?.kind === 'events' ? reading.events.map(({ id }) => id.split('/')[1]) : [];
    expect(ids).toEqual(['unfollowed', 'followed']);
  });

  test('counts from the change, unless an update says since when', async () => {
    await say(insert(ADA, BOB));
    const silent = set({ followee: { $oid: CAT } });
    const [first, second] = await read(silent, set({ followee: { $oid: BOB }, createdAt: 0 }));
    const since = [first, second].map((reading) => reading?.kind === 'events' && reading.events[1]?.data);
    expect(since[0]).toHaveProperty('followedAt', (silent['wallTime'] as JsonObject)['$date']);
    expect(since[1]).toHaveProperty('followedAt', '1970-01-01T00:00:00.000Z');
  });

  test.each([
    ['a replacement by the same pair', () => replace(ADA, BOB, { note: 'x' })],
    ['an update to the same pair', () => set({ followee: { $oid: BOB } })],
    ['an update of something else', () => set({ note: 'x', createdAt: 5 })],
  ])('that is none says nothing: %s', async (_, change) => {
    await say(insert(ADA, BOB));
    expect(await say(change())).toBe('ignored');
  });

  test.each([
    ['a replacement', () => replace(ADA, CAT)],
    ['an update', () => set({ followee: { $oid: CAT } })],
  ])('waits if the pair before it is not known: %s', async (_, change) => {
    expect(await say(change())).toBe('RELATIONSHIP_UNKNOWN documentKey._id');
  });

  test.each([
    ['that removes the followee', { removedFields: ['followee'] }, 'updateDescription.removedFields'],
    ['to nobody', { updatedFields: { followee: null } }, 'updateDescription.updatedFields.followee'],
    ['to a part of somebody', { updatedFields: { 'followee.a': 1 } }, 'updateDescription.updatedFields.followee.a'],
    [
      'since no time',
      { updatedFields: { followee: CAT, createdAt: 'x' } },
      'updateDescription.updatedFields.createdAt',
    ],
  ])('is refused if it is an update %s', async (_, description, path) => {
    await say(insert(ADA, BOB));
    expect(await say(update('relationships', EDGE, description))).toBe(`CHANGE_INVALID ${path}`);
  });
});

test('a history says the same whenever and however often any part of it is delivered again', async () => {
  const history = [insert(ADA, BOB), replace(ADA, CAT), set({ follower: { $oid: BOB } }), remove()];
  const first = await read(...history);
  expect(first.map(({ kind }) => kind)).toEqual(['events', 'events', 'events', 'events']);
  for (let start = 0; start < history.length; start += 1) {
    for (let end = start + 1; end <= history.length; end += 1) {
      expect(await read(...history.slice(start, end))).toEqual(first.slice(start, end));
    }
  }
});

test('changes of one transaction, which share their cluster time, are understood', async () => {
  const { clusterTime } = insert(ADA, BOB);
  const history = [insert(ADA, BOB), replace(ADA, CAT), remove()].map((change) => ({ ...change, clusterTime }));
  const said: unknown[] = [];
  for (const change of history) said.push(await say(change));
  expect(said).toEqual([['ada followed bob'], ['ada unfollowed bob', 'ada followed cat'], ['ada unfollowed cat']]);
});
