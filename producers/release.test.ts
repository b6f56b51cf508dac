import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LogFile, openLogFile } from '../adapters/embedded/log/log-file.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Quarantine, Refusal } from '../ports/quarantine.ts';
import { createIngest, type Ingest } from './ingest.ts';
import { ADA, BOB, EDGE, relationship, removal, user, whole } from './legacy/sample-changes.ts';
import { releaseAll, releaseEntries, type ReleaseOutcome } from './release.ts';

let folder: string;
let file: LogFile;
let log: EventLog;
let quarantine: Quarantine;
let ingest: Ingest;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-'));
  file = openLogFile(join(folder, 'log.db'));
  ({ log, quarantine } = file);
  ingest = createIngest(file);
});

afterEach(async () => {
  await file.close();
  rmSync(folder, { recursive: true });
});

function refusal(raw: unknown, more: Partial<Refusal> = {}): Refusal {
  const text = typeof raw === 'string' ? raw : JSON.stringify(raw);
  return { door: 'legacy', origin: 'x', problem: { code: 'CHANGE_INVALID', message: 'then' }, raw: text, ...more };
}

const insertUser = () => whole('users', 'insert', user());
const insertFollow = () => whole('relationships', 'insert', relationship(ADA, BOB));
const listed = () => quarantine.list({ after: 0, limit: 1_000_000 });
const idsListed = async () => (await listed()).map(({ id }) => id);
const release = (...ids: number[]) => releaseEntries(ids, { ingest, quarantine });

async function releaseEverything(): Promise<ReleaseOutcome[]> {
  const outcomes: ReleaseOutcome[] = [];
  for await (const outcome of releaseAll({ ingest, quarantine })) outcomes.push(outcome);
  return outcomes;
}

test('what can be taken now goes in and is listed no longer', async () => {
  await quarantine.add([refusal(insertUser())]);
  const [id = 0] = await idsListed();
  expect(await release(id)).toEqual([{ id, outcome: 'released' }]);
  expect(await log.head()).toBe(1);
  expect(await listed()).toEqual([]);
});

test('an event of a source that its publisher may not claim is released by its id alone', async () => {
  const problem = { code: 'SOURCE_FORBIDDEN', message: 'then' } as const;
  await quarantine.add([refusal(insertUser(), { problem })]);
  const [id = 0] = await idsListed();
  expect(await releaseEverything()).toEqual([{ id, outcome: 'refused', problem }]);
  expect(await log.head()).toBe(0);
  expect(await release(id)).toEqual([{ id, outcome: 'released' }]);
});

test('what fails again stays, with its newest problem', async () => {
  await quarantine.add([refusal('{"half')]);
  const [id = 0] = await idsListed();
  const problem = { code: 'NOT_JSON', message: expect.stringContaining('JSON') };
  expect(await release(id)).toEqual([{ id, outcome: 'refused', problem }]);
  expect(await listed()).toMatchObject([{ id, problem }]);
});

test('an unfollow that waited for its follow goes in once that has come', async () => {
  await ingest.take([{ text: JSON.stringify(removal('relationships', EDGE)) }], { door: 'legacy', origin: 'x' });
  const [id = 0] = await idsListed();
  expect(await release(id)).toMatchObject([{ outcome: 'refused', problem: { code: 'RELATIONSHIP_UNKNOWN' } }]);
  await ingest.take([{ text: JSON.stringify(insertFollow()) }], { door: 'legacy', origin: 'x' });
  expect(await release(id)).toEqual([{ id, outcome: 'released' }]);
  const { events } = await log.read({ after: 0, limit: 10 });
  expect(events.map(({ type }) => type)).toEqual(['followed', 'unfollowed']);
});

test('an entry goes in by the door that it came to', async () => {
  const event = { specversion: '1.0', id: 'e', source: 's', type: 'user-left', data: { userId: ADA } };
  await quarantine.add([refusal(event, { door: 'events' }), refusal(event)]);
  const [first = 0, second = 0] = await idsListed();
  expect((await release(first, second)).map(({ outcome }) => outcome)).toEqual(['released', 'refused']);
});

test('what is in the log already is released as well', async () => {
  const change = insertUser();
  await ingest.take([{ text: JSON.stringify(change) }], { door: 'legacy', origin: 'x' });
  await quarantine.add([refusal(change)]);
  expect((await releaseEverything()).map(({ outcome }) => outcome)).toEqual(['released']);
  expect(await log.head()).toBe(1);
});

test('what was cut cannot be released, nor what is not there', async () => {
  await quarantine.add([refusal('x'.repeat(70_000)), refusal(insertUser(), { fingerprint: 'of other bytes' })]);
  const [first = 0, second = 0] = await idsListed();
  expect(await release(first, 4711, second)).toEqual([
    { id: first, outcome: 'truncated' },
    { id: 4711, outcome: 'unknown' },
    { id: second, outcome: 'truncated' },
  ]);
  expect(await quarantine.count()).toBe(2);
});

test('what is released is as old as it is, and of the flow that brought it', async () => {
  const data = { relationshipId: EDGE, followerId: ADA, followeeId: BOB };
  const event = (type: string, more: object) => ({
    specversion: '1.0',
    source: 'urn:test',
    id: type,
    type,
    data: { ...data, ...more },
  });
  const followed = event('followed', { followedAt: '2016-02-22T07:02:00.000Z' });
  const correlation = { correlationid: 'named', baggage: 'user-id=u1' };
  const broken = { ...followed, data: { ...followed.data, followedAt: 'yesterday' } };
  await ingest.take([{ text: JSON.stringify(broken) }], { door: 'events', origin: 'x', correlation });
  const [{ sequence, at } = {}] = await listed();
  await ingest.take([{ text: JSON.stringify(event('unfollowed', {})) }], { door: 'events', origin: 'x' });
  // As if the broken text had become readable.
  await quarantine.add([refusal(followed, { door: 'events', correlation, ...(sequence && { sequence }) })]);
  expect((await releaseEverything()).map(({ outcome }) => outcome)).toEqual(['refused', 'released']);
  const { events } = await log.read({ after: 0, limit: 10 });
  const [unfollow, follow] = events;
  expect(follow).toMatchObject({ type: 'followed', ...correlation, sequence });
  expect(follow?.sequence.localeCompare(unfollow?.sequence ?? '')).toBe(-1);
  expect(Date.parse(follow?.time ?? '')).toBeGreaterThanOrEqual(Date.parse(at ?? ''));
  expect((await listed()).map((entry) => [entry.correlation, entry.sequence])).toEqual([[correlation, sequence]]);
});

test('a change is released into the flow of the request that brought it', async () => {
  const correlation = {
    correlationid: 'named',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  };
  const text = JSON.stringify(removal('relationships', EDGE));
  await ingest.take([{ text }], { door: 'legacy', origin: 'x', correlation });
  await ingest.take([{ text: JSON.stringify(insertFollow()) }], { door: 'legacy', origin: 'x' });
  await releaseEverything();
  expect(await log.readFlow('named', 10)).toMatchObject([{ type: 'unfollowed', ...correlation }]);
});

test('everything is tried once, in order, however much it is', async () => {
  const changes = Array.from({ length: 450 }, (_, index) => (index % 3 === 0 ? `bad ${index}` : insertUser()));
  await quarantine.add([...changes, insertFollow(), removal('relationships', EDGE)].map((raw) => refusal(raw)));
  const outcomes = await releaseEverything();
  expect(outcomes).toHaveLength(452);
  expect(outcomes.filter(({ outcome }) => outcome === 'released')).toHaveLength(302);
  expect(await quarantine.count()).toBe(150);
  const { events } = await log.read({ after: 300, limit: 10 });
  expect(events.map(({ type }) => type)).toEqual(['followed', 'unfollowed']);
});
