import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLogFile } from '../../../adapters/embedded/log/log-file.ts';
import { openSqliteFeedReader } from '../../../adapters/embedded/feed/reader.ts';
import { openSqliteRelationshipReader } from '../../../adapters/embedded/relationships/reader.ts';
import { catalogPersonalWords } from '../../../consumers/runtime/catalog-personal-words.ts';
import { createTracer } from '../../../consumers/runtime/tracer.ts';
import type { EventEnvelope } from '../../../events/envelope.ts';
import { personIds, recordedEvent } from '../../../ports/contracts/histories.ts';
import { sequenceOf } from '../../../events/sequence.ts';
import { projectionNames, projections } from '../../projections/registry.ts';
import { type BuildOptions, startBuild } from './builds.ts';

const [ada = '', bob = ''] = personIds;
const YUBLS = 3000;
const NOTHING = { position: 0, events: 0, feedEntries: 0 };
const SETTINGS = { feedLength: 10, celebrityFollowers: 100 };
const at = '2020-01-01T00:00:00.000Z';
const yublId = (number: number) => (0xabc000 + number).toString(16).padStart(24, '0');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-builds-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Bob joins, Ada follows Bob, Bob posts. */
async function fill(further: readonly EventEnvelope[] = []): Promise<number> {
  const joined = { userId: bob, userName: 'bob', joinedAt: at };
  const follow = { relationshipId: '3'.repeat(24), followerId: ada, followeeId: bob, followedAt: at };
  const recorded = [
    recordedEvent('user-joined', joined, { sequence: sequenceOf(1, 1), position: 1 }),
    recordedEvent('followed', follow, { sequence: sequenceOf(1, 2), position: 2 }),
    ...Array.from({ length: YUBLS }, (_, number) => {
      const data = { yublId: yublId(number), authorId: bob, text: `Tree ${number}`, postedAt: at };
      return recordedEvent('yubl-posted', data, { sequence: sequenceOf(2, number), position: number + 3 });
    }),
  ];
  const file = openLogFile(join(folder, 'log.db'));
  await file.log.append(recorded.map(envelopeOf));
  if (further.length > 0) await file.log.append(further);
  const head = await file.log.head();
  await file.close();
  return head;
}

function envelopeOf<Event extends EventEnvelope>(event: Event): Event {
  return { ...event, position: undefined, recordedtime: undefined };
}

async function build(changes: Partial<BuildOptions> = {}, names = projectionNames) {
  const builds = await startBuild({
    projections: new Map(names.map((name) => [name, path(name)])),
    logPath: join(folder, 'log.db'),
    settings: SETTINGS,
    upTo: Infinity,
    replayId: 'r',
    onError: 'stop',
    onProgress: () => {},
    signal: new AbortController().signal,
    logger: { level: 'silent', destination: 2 },
    ...changes,
  });
  return Object.fromEntries(builds);
}

const path = (name: string) => join(folder, `${name}.db`);
const partFiles = () => readdirSync(folder).filter((name) => name.endsWith('.part'));

async function feedOfAda(): Promise<string[]> {
  const reader = openSqliteFeedReader({ path: path('feed'), feedLength: 10 });
  const { items } = await reader.feed(ada, { limit: 10 });
  reader.close();
  return items.map(({ text }) => text);
}

test('all projections are built up to a position, and opened by processes that continue with them', async () => {
  const head = await fill();
  const phases = new Set<string>();
  const builds = await build({
    upTo: head - 1,
    onProgress: ({ projection, phase }) => phases.add(`${projection} ${phase}`),
  });
  expect(builds['feed']).toEqual({ position: head - 1, events: head - 1, feedEntries: YUBLS - 1 });
  expect([builds['search']?.position, builds['relationships']?.position]).toEqual([head - 1, head - 1]);
  expect([...phases]).toEqual(expect.arrayContaining(projectionNames.map((name) => `${name} writing`)));
  expect((await feedOfAda())[0]).toBe(`Tree ${YUBLS - 2}`);
  const reader = openSqliteRelationshipReader(path('relationships'));
  expect(await reader.totals()).toEqual({ users: 1, follows: 1 });
  reader.close();
  const tracer = createTracer({ debug() {}, info() {}, warn() {}, error() {} }, catalogPersonalWords());
  for (const { name, embedded } of projections) {
    const { file } = (await embedded.load()).open(path(name), tracer, SETTINGS);
    expect(file.checkpoint()).toBe(head - 1);
    file.close();
  }
  expect(partFiles()).toEqual([]);
});

test('a build that becomes too large is written as far as it came', async () => {
  await fill();
  const { feed = NOTHING } = await build({ budgetBytes: 1 }, ['feed']);
  expect(feed.position).toBeGreaterThan(0);
  expect(feed.position).toBeLessThan(YUBLS);
  expect((await feedOfAda())[0]).toBe(`Tree ${feed.position - 3}`);
});

test('a rate is kept, and asked for again', async () => {
  await fill();
  const startMs = performance.now();
  await build({ rate: () => 6000 }, ['relationships', 'feed']);
  expect(performance.now() - startMs).toBeGreaterThan(450);
});

test('an event that no consumer may have stops the build, or leaves it to the ordinary way', async () => {
  const known = recordedEvent('user-left', { userId: bob }, { sequence: sequenceOf(9, 9) });
  await fill([{ ...envelopeOf(known), dataschema: 'figtree:user-left:99', id: 'newer' }]);
  const event = { id: 'newer', position: YUBLS + 3, type: 'user-left' };
  for (const names of [['relationships'], projectionNames]) {
    const details = { ...event, projection: expect.any(String), consumer: expect.any(String) };
    await expect(build({}, names)).rejects.toMatchObject({ code: 'REBUILD_STOPPED', details });
  }
  await expect(build({}, ['relationships'])).rejects.toMatchObject({
    details: { projection: 'relationships', consumer: 'track-relationships' },
  });
  expect(existsSync(path('relationships'))).toBe(false);
  const { relationships } = await build({ onError: 'park' }, ['relationships']);
  expect(relationships).toEqual(NOTHING);
  expect(readdirSync(folder).filter((name) => name.startsWith('relationships'))).toEqual([]);
});

test('it ends when it is told to, and leaves nothing', async () => {
  await fill();
  const abort = new AbortController();
  const building = build({ signal: abort.signal, rate: () => 100, onProgress: () => abort.abort(new Error('enough')) });
  setTimeout(() => abort.abort(new Error('enough')), 300);
  await expect(building).rejects.toThrow('enough');
  expect(readdirSync(folder).filter((name) => !name.startsWith('log.db'))).toEqual([]);
});
