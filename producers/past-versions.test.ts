import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomRuns } from '../ports/contracts/random-runs.ts';
import { type LogFile, openLogFile } from '../adapters/embedded/log/log-file.ts';
import { catalog, eventTypes } from '../events/catalog.ts';
import type { EventDefinition } from '../events/define-event.ts';
import type { Door } from '../ports/quarantine.ts';
import { createIngest, type Ingest } from './ingest.ts';
import { user, whole, yubl } from './legacy/sample-changes.ts';
import { releaseEntries } from './release.ts';

let folder: string;
let file: LogFile;
let ingest: Ingest;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-'));
  file = openLogFile(join(folder, 'log.db'));
  ingest = createIngest(file);
});

afterEach(async () => {
  await file.close();
  rmSync(folder, { recursive: true });
});

const take = (door: Door, ...sent: readonly object[]) =>
  ingest.take(
    sent.map((each) => ({ text: JSON.stringify(each) })),
    { door, origin: 'x' },
  );

let made = 0;
function event(type: string, dataschema: string | undefined, data: object) {
  made += 1;
  return {
    specversion: '1.0',
    id: `e${made}`,
    source: 'urn:test',
    type,
    ...(dataschema && { dataschema }),
    data,
  };
}

/** The content of the file, however it is interpreted. */
function rows(): { id: string; version: number; key: string; subject: string; data: Record<string, unknown> }[] {
  const database = new DatabaseSync(join(folder, 'log.db'), { readOnly: true });
  const found = database.prepare('SELECT id, version, key, subject, data FROM events ORDER BY position').all();
  database.close();
  return found.map((row) => ({ ...row, data: JSON.parse(String(row['data'])) as unknown })) as ReturnType<typeof rows>;
}

const ids = { yublId: '56cab2686d8e7e14910889c1', authorId: '56cab268fd9255c263d2e00e' };
const early = { ...ids, authorName: 'Ada', text: 'hi', postedAt: 1_456_124_520_000 };
const V1 = 'figtree:yubl-posted:1';

describe('an event of a past version', () => {
  test('is kept as it was published, under the key that it has today', async () => {
    const sent = event('yubl-posted', V1, early);
    expect(await take('events', sent)).toMatchObject({ accepted: 1, problems: [] });
    expect(rows()).toEqual([{ id: sent.id, version: 1, key: ids.yublId, subject: ids.yublId, data: early }]);
  });

  test('is a duplicate the second time, and a conflict with other content', async () => {
    const sent = event('yubl-posted', V1, early);
    await take('events', sent);
    expect(await take('events', sent)).toMatchObject({ accepted: 0, duplicates: 1 });
    const other = { ...sent, data: { ...early, authorName: 'Bob' } };
    expect(await take('events', other)).toMatchObject({ quarantined: 1, problems: [{ code: 'EVENT_ID_CONFLICT' }] });
  });

  test('has to say so: without dataschema it is of the current version', async () => {
    const report = await take('events', event('yubl-posted', undefined, early));
    expect(report).toMatchObject({ quarantined: 1, problems: [{ code: 'EVENT_INVALID', path: 'data.postedAt' }] });
    await take('events', event('yubl-posted', undefined, { ...early, postedAt: '2016-02-22T07:02:00Z' }));
    expect(rows()).toMatchObject([{ version: 2, data: { ...ids, text: 'hi', postedAt: '2016-02-22T07:02:00Z' } }]);
  });

  test('is refused with the path where it is not what it was then', async () => {
    const report = await take('events', event('yubl-posted', V1, { ...early, authorName: 5 }));
    expect(report.problems).toMatchObject([{ code: 'EVENT_INVALID', path: 'data.authorName' }]);
  });
});

test('the monolith’s changes are events of the current version', async () => {
  await take('legacy', whole('yubls', 'insert', yubl()));
  expect(rows()).toMatchObject([{ version: catalog['yubl-posted'].version }]);
});

describe('an event of a newer version', () => {
  test('waits in the quarantine, with its text, and is refused again as long as nobody knows the version', async () => {
    const sent = event('yubl-posted', 'figtree:yubl-posted:99', { anything: [1] });
    const problem = { code: 'EVENT_VERSION_NEWER', path: 'dataschema' };
    const report = await take('events', sent, event('yubl-posted', V1, early));
    expect(report).toMatchObject({ accepted: 1, quarantined: 1, problems: [{ index: 0, id: sent.id, ...problem }] });
    const [entry] = await file.quarantine.list({ after: 0, limit: 10 });
    expect(entry).toMatchObject({ problem, raw: JSON.stringify(sent), truncated: false });
    const parts = { ingest, quarantine: file.quarantine };
    expect(await releaseEntries([entry?.id ?? 0], parts)).toMatchObject([{ outcome: 'refused', problem }]);
    expect(await file.quarantine.count()).toBe(1);
  });

  test('is kept whole, however long its text is', async () => {
    const text = '\u0000'.repeat(65_536);
    await take('events', event('yubl-posted', 'figtree:yubl-posted:99', { ...early, text }));
    const [entry] = await file.quarantine.list({ after: 0, limit: 10 });
    expect(entry?.truncated).toBe(false);
    expect(JSON.parse(entry?.raw ?? '')).toMatchObject({ data: { text } });
  });

  test('is released by a Figtree that knows it', async () => {
    // As a program that knew only version 1 would have stored it.
    const sent = event('yubl-posted', 'figtree:yubl-posted:2', {
      ...ids,
      text: 'hi',
      postedAt: '2016-02-22T07:02:00Z',
    });
    const problem = { code: 'EVENT_VERSION_NEWER', message: 'then' } as const;
    const sequence = '14561245200000000001';
    await file.quarantine.add([{ door: 'events', origin: 'x', problem, raw: JSON.stringify(sent), sequence }]);
    const outcomes = await releaseEntries([1], { ingest, quarantine: file.quarantine });
    expect(outcomes).toEqual([{ id: 1, outcome: 'released' }]);
    expect(rows()).toMatchObject([{ id: sent.id, version: 2, data: sent.data }]);
    const { events } = await file.log.read({ after: 0, limit: 1 });
    expect(events).toMatchObject([{ sequence }]);
  });
});

describe('what nobody declared', () => {
  const more = fc.dictionary(
    fc.oneof(fc.constantFrom('likes', '__context__', '__proto__', 'Text', 'authorname', 'constructor'), fc.string()),
    fc.jsonValue(),
    { minKeys: 1, maxKeys: 5 },
  );
  const versions: [string, string, object, string[]][] = [
    ...eventTypes.map((type): [string, string, object, string[]] => {
      const { dataschema, examples, data }: EventDefinition = catalog[type];
      return [type, dataschema, examples[0] ?? {}, Object.keys(data.shape)];
    }),
    ['yubl-posted', V1, early, [...Object.keys(catalog['yubl-posted'].data.shape), 'authorName']],
  ];

  test.each(versions)('never reaches the log: %s, %s', async (...[type, dataschema, data, declared]) => {
    const property = fc.asyncProperty(more, async (undeclared) => {
      const before = rows().length;
      const wide = Object.fromEntries([
        ...Object.entries(undeclared).filter(([name]) => !declared.includes(name)),
        ...Object.entries(data),
      ]);
      expect(await take('events', event(type, dataschema, wide))).toMatchObject({ accepted: 1 });
      expect(
        rows()
          .slice(before)
          .map((row) => row.data),
      ).toEqual([data]);
    });
    await expect(fc.assert(property, { numRuns: randomRuns(15) })).resolves.toBeUndefined();
  });

  test('never reaches the log with a change of the monolith', async () => {
    const wide = { likes: 3, __context__: { a: 1 }, authorName: 'Ada', password: 'x' };
    await take('legacy', whole('yubls', 'insert', yubl(wide)), whole('users', 'insert', user(wide)));
    const declared = [catalog['yubl-posted'], catalog['user-joined']].map(({ data }) => Object.keys(data.shape));
    const stored = rows().map(({ data }) => Object.keys(data));
    expect(stored).toHaveLength(2);
    stored.forEach((names, index) => expect(declared[index]).toEqual(expect.arrayContaining(names)));
  });
});
