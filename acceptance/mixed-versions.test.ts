import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataFolder } from '../adapters/embedded/files/data-folder.ts';
import { openLogFile } from '../adapters/embedded/log/log-file.ts';
import { runCli } from '../testing/cli/cli-process.ts';
import { openReadOnlyEngine } from '../apps/embedded/open-read-only-engine.ts';
import { sampleEvent } from '../ports/contracts/sample-events.ts';
import { projectionNames } from '../apps/projections/registry.ts';
import { type Answers, askEngine } from './answers.ts';

// A log with both versions of yubl-posted answers like one written in version 2 alone, also after a rebuild.

interface Published {
  readonly id: string;
  readonly type: string;
  readonly dataschema?: string;
  readonly data: Record<string, unknown>;
}

const sample = join(import.meta.dirname, '../samples/yubl-posted-versions.ndjson');
const published = readFileSync(sample, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Published);
const idsOf = (field: string) => [
  ...new Set(published.flatMap(({ data }) => (data[field] as string | undefined) ?? [])),
];
const questions = {
  userIds: idsOf('userId'),
  yublIds: idsOf('yublId'),
  names: ['ada', 'king', 'byron', 'hop'],
  words: ['engine', 'can', 'byron', 'moth'],
};

/** The decision's description of version 1, implemented once more by hand. */
function inVersionTwo(event: Published): Published {
  if (event.dataschema !== 'figtree:yubl-posted:1') return event;
  const { authorName: _name, ...data } = event.data;
  const postedAt = new Date(data['postedAt'] as string | number).toISOString();
  return { ...event, dataschema: 'figtree:yubl-posted:2', data: { ...data, postedAt } };
}

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'figtree-versions-'))));
afterAll(() => rmSync(folder, { recursive: true }));

async function importInto(name: string, file: string): Promise<Record<string, unknown>> {
  const { stdout, stderr, code } = await runCli(['import', file, '--as', 'events', '--json'], {
    data: join(folder, name),
  });
  // For removed projections a rebuild is logged.
  const told = stderr.split('\n').filter((line) => line !== '' && !line.includes('rebuilding it'));
  expect({ code, told }).toEqual({ code: 0, told: [] });
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function answersOf(name: string): Promise<Answers> {
  const engine = await openReadOnlyEngine({ folder: join(folder, name), feedLength: 800 });
  const answers = await askEngine(engine, questions);
  await engine.close();
  return answers;
}

describe('a log of both versions', () => {
  beforeAll(async () => {
    const rewritten = join(folder, 'version-2.ndjson');
    writeFileSync(rewritten, published.map((event) => `${JSON.stringify(inVersionTwo(event))}\n`).join(''));
    expect(await importInto('mixed', sample)).toMatchObject({ read: 19, accepted: 19, quarantined: 0, parked: 0 });
    expect(await importInto('rewritten', rewritten)).toMatchObject({
      read: 19,
      accepted: 19,
      quarantined: 0,
      parked: 0,
    });
  });

  test('answers as one of version 2 alone', async () => {
    const answers = await answersOf('mixed');
    expect(answers).toEqual(await answersOf('rewritten'));
    const [ada = '', grace = ''] = questions.userIds;
    expect(answers.users[ada]).toMatchObject({ firstName: 'Ada', lastName: 'King' });
    expect(answers.feeds[grace]).toMatchObject([
      { text: 'But the engine can see further.', postedAt: '2013-05-01T09:13:20.000Z' },
      { text: 'Note G is done.', postedAt: '2013-05-01T09:05:00.021Z' },
      { text: 'The engine weaves algebraic patterns.', postedAt: '2013-05-01T09:01:40.007Z' },
    ]);
    expect(answers.yublsFound['byron']).toEqual([]);
  });

  test('keeps each event as it was published', () => {
    const database = new DatabaseSync(dataFolder(join(folder, 'mixed')).log, { readOnly: true });
    const rows = database.prepare('SELECT id, type, version, data FROM events ORDER BY position').all();
    database.close();
    const stated = ({ dataschema }: Published) => Number(dataschema?.split(':')[2] ?? 2);
    expect(rows.map((row) => ({ ...row, data: JSON.parse(String(row['data'])) as unknown }))).toEqual(
      published.map((event) => ({ id: event.id, type: event.type, version: stated(event), data: event.data })),
    );
  });

  test('is read as version 2 alone', async () => {
    const engine = await openReadOnlyEngine({ folder: join(folder, 'mixed'), feedLength: 800 });
    const { events } = await engine.log.read({ after: 0, limit: 100 });
    await engine.close();
    const expected = published.map((event) => inVersionTwo(event).data);
    expect(events.map(({ data }) => data)).toEqual(expected);
    const schemas = new Set(events.filter(({ type }) => type === 'yubl-posted').map(({ dataschema }) => dataschema));
    expect(schemas).toEqual(new Set(['figtree:yubl-posted:2']));
  });

  test('leads to the same answers when every projection is built again from it, and takes nothing twice', async () => {
    const before = await answersOf('mixed');
    const files = dataFolder(join(folder, 'mixed'));
    for (const name of projectionNames) {
      for (const suffix of ['', '-wal', '-shm']) rmSync(files.projection(name) + suffix, { force: true });
    }
    expect(await importInto('mixed', sample)).toMatchObject({ accepted: 0, duplicates: 19, parked: 0 });
    expect(await answersOf('mixed')).toEqual(before);
  });
});

describe('a log that a newer Figtree has written', () => {
  const [ada = '', grace = ''] = questions.userIds;
  const [known = '', newer = ''] = questions.yublIds;
  const data = { authorId: ada, text: 'from the future', postedAt: '2030-01-01T00:00:00.000Z' };

  beforeAll(async () => {
    await importInto('downgraded', sample);
    const file = openLogFile(dataFolder(join(folder, 'downgraded')).log);
    const event = (key: string, version: number, more: object) => {
      const attributes = { id: `future-${version}-${key}`, dataschema: `figtree:yubl-posted:${version}`, ...more };
      return sampleEvent({}, { subject: key, partitionkey: key, ...attributes });
    };
    await file.log.append([
      event(newer, 99, { data: { anything: [ada] } }),
      event(newer, 2, { data: { ...data, yublId: newer } }),
      event(known, 2, { data: { ...data, yublId: 'f'.repeat(24) }, sequence: '18934560000000000001' }),
    ]);
    await file.close();
  });

  test('handles all other keys, reports what is parked, and loses nothing', async () => {
    // This command starts the consumers and waits for the whole log.
    const command = ['quarantine', 'release', '--all', '--json'];
    const { stdout, stderr } = await runCli(command, { data: join(folder, 'downgraded') });
    expect(stderr).toContain('EVENT_VERSION_NEWER');
    const status = await runCli(['status', '--json'], { data: join(folder, 'downgraded') });
    const { head, projections } = JSON.parse(status.stdout) as {
      head: number;
      projections: { name: string; position: number; parked: number; state: string }[];
    };
    expect(head).toBe(22);
    expect(projections.length).toBeGreaterThanOrEqual(3);
    // Features handle yubls or do not.
    const parkedOf: Record<string, number[]> = { feed: [2], relationships: [0], search: [2] };
    for (const { name, ...standing } of projections) {
      expect(standing, name).toMatchObject({ position: 22, state: 'live' });
      expect(parkedOf[name] ?? [0, 2], name).toContain(standing.parked);
    }
    const waiting = projections.reduce((sum, one) => sum + one.parked, 0);
    expect(JSON.parse(stdout)).toMatchObject({ parked: waiting });
    const { feeds } = await answersOf('downgraded');
    expect(feeds[grace]?.[0]).toMatchObject({ text: 'from the future', yublId: 'f'.repeat(24) });
    const file = new DatabaseSync(dataFolder(join(folder, 'downgraded')).projection('feed'), { readOnly: true });
    const rows = file.prepare('SELECT position, error FROM figtree_parked ORDER BY position').all();
    file.close();
    expect(rows).toEqual([
      { position: 20, error: expect.stringMatching(/^EVENT_VERSION_NEWER: yubl-posted at 20 has version 99/) },
      { position: 21, error: null },
    ]);
  });

  test('returns its events as they are to its readers', async () => {
    const engine = await openReadOnlyEngine({ folder: join(folder, 'downgraded'), feedLength: 800 });
    const { events } = await engine.log.read({ after: 19, limit: 1 });
    await engine.close();
    expect(events).toMatchObject([{ dataschema: 'figtree:yubl-posted:99', data: { anything: [ada] } }]);
  });
});
