import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LogFile, openLogFile } from '../adapters/embedded/log/log-file.ts';
import { catalog } from '../events/catalog.ts';
import type { JsonObject } from '../events/json-object.ts';
import { sequenceOf } from '../events/sequence.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import { bodyItems } from './body-items.ts';
import { createIngest, type IncomingItem, type Ingest } from './ingest.ts';
import {
  ADA,
  BOB,
  EDGE,
  relationship,
  removal,
  update,
  user,
  whole,
  without,
  YUBL,
  yubl,
} from './legacy/sample-changes.ts';
import type { IngestReport } from './ingest-report.ts';

let folder: string;
let file: LogFile;
let log: EventLog;
let quarantine: Quarantine;
let ingest: Ingest;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-'));
  open();
});

afterEach(async () => {
  await file.close();
  rmSync(folder, { recursive: true });
});

function open(now = Date.now): void {
  file = openLogFile(join(folder, 'log.db'));
  ({ log, quarantine } = file);
  ingest = createIngest({ ...file, now });
}

async function reopen(now = Date.now): Promise<void> {
  await file.close();
  open(now);
}

const itemOf = (value: unknown): IncomingItem => ({ text: typeof value === 'string' ? value : JSON.stringify(value) });
const takeLegacy = (...changes: unknown[]) => ingest.take(changes.map(itemOf), { door: 'legacy', origin: 'a.ndjson' });
const takeEvents = (...events: unknown[]) =>
  ingest.take(events.map(itemOf), { door: 'events', origin: 'POST /events' });

const insertUser = () => whole('users', 'insert', user());
const insertYubl = () => whole('yubls', 'insert', yubl());
const insertFollow = (follower = ADA, followee = BOB) =>
  whole('relationships', 'insert', relationship(follower, followee));

const [posted] = catalog['yubl-posted'].examples;
const event = (id: string, more: JsonObject = {}) => ({
  specversion: '1.0',
  source: 'urn:test',
  type: 'yubl-posted',
  data: posted,
  id,
  ...more,
});

const loggedTypes = async () => (await log.read({ after: 0, limit: 1000 })).events.map(({ type }) => type);
const listed = () => quarantine.list({ after: 0, limit: 1_000_000 });

function countsOf({ accepted, duplicates, quarantined, ignored }: IngestReport): number[] {
  return [accepted, duplicates, quarantined, ignored];
}

describe('what is taken', () => {
  test('is in the log, in the order in which it came', async () => {
    const report = await takeLegacy(insertUser(), insertFollow(), insertYubl(), removal('relationships', EDGE));
    expect(report).toEqual({ accepted: 4, duplicates: 0, quarantined: 0, ignored: 0, position: 4, problems: [] });
    expect(await loggedTypes()).toEqual(['user-joined', 'followed', 'yubl-posted', 'unfollowed']);
  });

  test('is a duplicate the second time, also after a restart', async () => {
    const changes = [insertUser(), insertFollow(), removal('relationships', EDGE)];
    await takeLegacy(...changes);
    await reopen();
    expect(await takeLegacy(...changes)).toMatchObject({ accepted: 0, duplicates: 3, position: 3 });
    expect(await loggedTypes()).toHaveLength(3);
  });

  test('is all of a transaction that changes a name and changes it back, and a duplicate the second time', async () => {
    const clusterTime = { $timestamp: { t: 1_767_261_600, i: 2 } };
    const changes = ['a', 'b', 'a'].map((userName) => ({
      ...update('users', ADA, { updatedFields: { userName } }),
      _id: undefined,
      clusterTime,
    }));
    expect(await takeLegacy(...changes)).toMatchObject({ accepted: 3, duplicates: 0 });
    await reopen();
    expect(await takeLegacy(...changes)).toMatchObject({ accepted: 0, duplicates: 3 });
    const { events } = await log.read({ after: 0, limit: 10 });
    expect(events.map(({ data }) => data)).toEqual(['a', 'b', 'a'].map((userName) => ({ userId: ADA, userName })));
  });

  test('is a duplicate the second time although what it did not say is another the second time', async () => {
    await takeEvents(event('e1'));
    expect(await takeEvents(event('e1'))).toMatchObject({ accepted: 0, duplicates: 1, position: 1 });
  });

  test('is in order of sequence, also if the clock was set back while nothing ran', async () => {
    const ahead = sequenceOf(Math.floor(Date.now() / 1000) + 50, 0);
    await takeEvents(event('e1', { sequence: ahead }), event('e2'));
    // Whatever arrived since then.
    for (let more = 0; more < 300; more += 1) await takeLegacy(insertYubl());
    await reopen(() => Date.now() - 3_600_000);
    await takeEvents(event('e3'));
    const { events } = await log.read({ after: 0, limit: 1000 });
    const sequences = events.filter(({ id }) => id.startsWith('e')).map(({ sequence }) => sequence);
    expect(sequences).toHaveLength(3);
    expect(sequences).toEqual(sequences.toSorted());
  });

  test('waits for the clock, however often its mark cannot be read', async () => {
    await takeEvents(event('e1', { sequence: sequenceOf(Math.floor(Date.now() / 1000) + 50, 0) }), event('e2'));
    let failures = 2;
    const load = () => (failures-- > 0 ? Promise.reject(new Error('busy')) : file.clockMark.load());
    ingest = createIngest({ ...file, clockMark: { ...file.clockMark, load } });
    await expect(takeEvents(event('e3'))).rejects.toThrow('busy');
    await expect(takeEvents(event('e3'))).rejects.toThrow('busy');
    await takeEvents(event('e3'));
    const [, before, after] = (await log.read({ after: 0, limit: 10 })).events;
    expect(after?.sequence.localeCompare(before?.sequence ?? '')).toBe(1);
  });

  test('comes behind what it takes to understand it', async () => {
    const calls: string[] = [];
    const told =
      <Parts extends unknown[], Result>(name: string, call: (...parts: Parts) => Result) =>
      (...parts: Parts) => {
        calls.push(name);
        return call(...parts);
      };
    ingest = createIngest({
      log: { ...log, append: told('append', log.append) },
      quarantine: { ...quarantine, add: told('quarantine', quarantine.add) },
      memory: { ...file.memory, remember: told('remember', file.memory.remember) },
      clockMark: { ...file.clockMark, save: told('clock', file.clockMark.save) },
    });
    await takeLegacy(insertFollow());
    await takeEvents(event('e1'));
    expect(calls).toEqual(['remember', 'append', 'clock', 'append']);
  });

  test('stays although a document beside it is nested deeper than can be read', async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const insert = JSON.stringify(insertUser());
    const broken = insert.replace('"ada_l"', deep);
    expect(countsOf(await takeLegacy(insert, broken, insertYubl()))).toEqual([2, 0, 1, 0]);
    const own = JSON.stringify(event('e1'));
    const ownBroken = own.replace('"urn:test"', deep);
    expect(countsOf(await takeEvents(own, ownBroken, event('e2')))).toEqual([2, 0, 1, 0]);
    for (const items of [bodyItems(`[${insert},${broken}]`), bodyItems(`[${own},${ownBroken}]`)]) {
      const door = items[0]?.text === insert ? 'legacy' : 'events';
      expect(countsOf(await ingest.take(items, { door, origin: 'x' }))).toEqual([0, 1, 1, 0]);
    }
  });

  test('of two updates in one transaction is each, for a source without resume tokens', async () => {
    const clusterTime = { $timestamp: { t: 1_456_124_999, i: 1 } };
    const told = (updatedFields: JsonObject) =>
      without({ ...update('users', ADA, { updatedFields }), clusterTime, wallTime: null }, '_id');
    const [first, second] = [told({ firstName: 'Ada' }), told({ lastName: 'Lovelace' })];
    expect(countsOf(await takeLegacy(first, second))).toEqual([2, 0, 0, 0]);
    expect(countsOf(await takeLegacy(first, second))).toEqual([0, 2, 0, 0]);
  });

  test('grows no memory when a relationship is replaced by itself', async () => {
    await takeLegacy(insertFollow());
    for (let time = 0; time < 5; time += 1) {
      expect(countsOf(await takeLegacy(whole('relationships', 'replace', relationship(ADA, BOB))))).toEqual([
        0, 0, 0, 1,
      ]);
    }
    expect((await file.memory.recall([EDGE])).get(EDGE)).toHaveLength(1);
    await takeLegacy(removal('relationships', EDGE));
    expect(await loggedTypes()).toEqual(['followed', 'unfollowed']);
  });

  test('keeps the order of calls, whether they are waited for or not', async () => {
    await takeLegacy(insertFollow());
    const [first, second] = [removal('relationships', EDGE), insertYubl()];
    await Promise.all([takeLegacy(first), takeLegacy(second)]);
    expect(await loggedTypes()).toEqual(['followed', 'unfollowed', 'yubl-posted']);
  });

  test('is remembered for the next call before this one is done', async () => {
    const both = await Promise.all([takeLegacy(insertFollow()), takeLegacy(removal('relationships', EDGE))]);
    expect(both.map(countsOf)).toEqual([
      [1, 0, 0, 0],
      [1, 0, 0, 0],
    ]);
  });

  test('shares one commit with what is refused and what is remembered, and with other calls', async () => {
    const before = file.statistics.commits;
    await Promise.all([takeLegacy(insertFollow(), '{"half'), takeEvents(event('e1'), 'x')]);
    expect(file.statistics.commits - before).toBe(1);
  });

  test('has the correlation of its request, or begins a flow', async () => {
    const correlation = { correlationid: 'c1', baggage: 'user-id=u1' };
    const items = [insertUser()].map(itemOf);
    await ingest.take(items, { door: 'legacy', origin: 'x', correlation });
    await takeLegacy(insertYubl());
    const { events } = await log.read({ after: 0, limit: 2 });
    expect(events[0]).toMatchObject(correlation);
    expect(events[1]?.correlationid).toBe(events[1]?.id);
  });

  test('may be a follow of an unknown user: across keys there is no order', async () => {
    expect(countsOf(await takeLegacy(insertFollow(ADA, BOB)))).toEqual([1, 0, 0, 0]);
  });

  test('says the same in relaxed and in canonical Extended JSON', async () => {
    const relaxed = insertUser();
    const canonical = {
      ...relaxed,
      wallTime: { $date: { $numberLong: String(Date.parse((relaxed['wallTime'] as { $date: string }).$date)) } },
      fullDocument: user({ createdAt: { $date: { $numberLong: '1456124520000' } } }),
    };
    await takeLegacy(relaxed);
    expect(countsOf(await takeLegacy(canonical))).toEqual([0, 1, 0, 0]);
  });

  test('may have been parsed already', async () => {
    const report = await ingest.take([{ text: '', value: insertUser() }], { door: 'legacy', origin: 'x' });
    expect(report.accepted).toBe(1);
  });
});

describe('what is published after something was taken', () => {
  test('comes after it in the order of the source, although its clock is ahead', async () => {
    const seconds = Math.floor(Date.now() / 1000) + 30;
    await takeLegacy({ ...insertFollow(), clusterTime: { $timestamp: { t: seconds, i: 9 } } });
    await takeEvents(event('e1'));
    const { events } = await log.read({ after: 0, limit: 2 });
    expect((events[1]?.sequence ?? '') > (events[0]?.sequence ?? '')).toBe(true);
  });
});

describe('what says nothing', () => {
  test('is ignored, and the position is the head', async () => {
    await takeLegacy(insertUser());
    const report = await takeLegacy(update('users', ADA, { updatedFields: { lastSeen: 5 } }));
    expect(report).toEqual({ accepted: 0, duplicates: 0, quarantined: 0, ignored: 1, position: 1, problems: [] });
  });

  test('is an empty call as well', async () => {
    expect(await takeLegacy()).toMatchObject({ accepted: 0, position: 0 });
  });
});

describe('what is refused', () => {
  test('is in the quarantine as it was sent, and the rest of its call continues', async () => {
    const broken = { ...insertUser(), _id: { _data: 'token' }, fullDocument: without(user(), 'userName') };
    const report = await takeLegacy(insertUser(), broken, '{"half', insertYubl());
    expect(countsOf(report)).toEqual([2, 0, 2, 0]);
    expect(report.problems).toEqual([
      {
        index: 1,
        id: 'token',
        code: 'CHANGE_INVALID',
        path: 'fullDocument.userName',
        message: 'fullDocument.userName is missing',
      },
      { index: 2, code: 'NOT_JSON', message: expect.stringContaining('JSON') },
    ]);
    expect(await listed()).toMatchObject([
      { door: 'legacy', origin: 'a.ndjson', raw: JSON.stringify(broken), problem: { code: 'CHANGE_INVALID' } },
      { door: 'legacy', origin: 'a.ndjson', raw: '{"half', problem: { code: 'NOT_JSON' } },
    ]);
  });

  test('survives a restart', async () => {
    await takeLegacy('nonsense');
    const before = await listed();
    await reopen();
    expect(await listed()).toEqual(before);
    expect(before).toHaveLength(1);
  });

  test.each([
    ['LINE_TOO_LONG', { text: 'x', problem: { code: 'LINE_TOO_LONG' as const, message: 'm' } }],
    ['NOT_JSON', itemOf('')],
    ['NOT_JSON', itemOf('not json')],
    ['NOT_JSON', itemOf(`{"a":${'1'.repeat(10)}`)],
    ['CHANGE_INVALID', itemOf('5')],
    ['CHANGE_INVALID', itemOf('[]')],
    ['CHANGE_INVALID', itemOf('{}')],
    ['COLLECTION_UNKNOWN', itemOf(whole('messages', 'insert', user()))],
    ['OPERATION_UNKNOWN', itemOf({ ...insertUser(), operationType: 'drop' })],
    ['SELF_FOLLOW', itemOf(insertFollow(ADA, ADA))],
    ['RELATIONSHIP_UNKNOWN', itemOf(removal('relationships', EDGE))],
    ['CHANGE_NOT_SUPPORTED', itemOf(update('yubls', YUBL, { updatedFields: { text: 'x' } }))],
  ])('has its code: %s', async (code, item) => {
    const report = await ingest.take([item], { door: 'legacy', origin: 'x' });
    expect(report.problems.map((problem) => problem.code)).toEqual([code]);
    expect(await listed()).toMatchObject([{ problem: { code }, raw: item.text }]);
    expect(await log.head()).toBe(0);
  });

  test('is reported a thousand times at most, and counted without a limit', async () => {
    const report = await takeEvents(...Array.from({ length: 1500 }, (_, index) => `bad ${index}`));
    expect(report.quarantined).toBe(1500);
    expect(report.problems).toHaveLength(1000);
    expect(await quarantine.count()).toBe(1500);
  });
});

describe('an event under the name of another', () => {
  test('is in conflict, and kept', async () => {
    await takeEvents(event('e1'));
    const other = event('e1', { data: { ...posted, text: 'something else' } });
    const report = await takeEvents(event('e2'), other, 'x', event('e1'));
    expect(countsOf(report)).toEqual([1, 1, 2, 0]);
    expect(report.problems.map(({ index, id, code }) => [index, id, code])).toEqual([
      [1, 'e1', 'EVENT_ID_CONFLICT'],
      [2, undefined, 'NOT_JSON'],
    ]);
    expect((await listed()).map(({ raw }) => raw)).toEqual(['x', JSON.stringify(other)]);
  });

  test('does not count as where the newest of what was taken stands', async () => {
    await takeEvents(event('e1'), event('e2'));
    const other = event('e2', { data: { ...posted, text: 'something else' } });
    expect(await takeEvents(event('e1'), other)).toMatchObject({ duplicates: 1, quarantined: 1, position: 1 });
    expect(await takeEvents(other)).toMatchObject({ quarantined: 1, position: 2 });
  });

  test('is found within one call as well, and the first one counts', async () => {
    const other = event('e1', { type: 'yubl-deleted', data: { yublId: posted?.yublId } });
    expect(countsOf(await takeEvents(event('e1'), other, event('e1')))).toEqual([1, 1, 1, 0]);
    expect(await loggedTypes()).toEqual(['yubl-posted']);
  });

  test('may have the same id if it comes from another source', async () => {
    const other = event('e1', { source: 'urn:other', data: { ...posted, text: 'something else' } });
    expect(countsOf(await takeEvents(event('e1'), other))).toEqual([2, 0, 0, 0]);
  });
});

test('a change that gives two events is one item', async () => {
  const [begun, moved] = [insertFollow(), whole('relationships', 'replace', relationship(ADA, YUBL))];
  expect(countsOf(await takeLegacy(begun, moved))).toEqual([2, 0, 0, 0]);
  expect(await loggedTypes()).toEqual(['followed', 'unfollowed', 'followed']);
  expect(countsOf(await takeLegacy(moved))).toEqual([0, 1, 0, 0]);
});
