import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomRuns } from '../ports/contracts/random-runs.ts';
import { type LogFile, openLogFile } from '../adapters/embedded/log/log-file.ts';
import { catalog, eventTypes } from '../events/catalog.ts';
import type { JsonObject } from '../events/json-object.ts';
import { SEQUENCE_PATTERN } from '../events/sequence.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Door, Quarantine } from '../ports/quarantine.ts';
import { definitionOf } from './build-event.ts';
import { createIngest, type Ingest } from './ingest.ts';
import {
  ADA,
  BOB,
  CAT,
  EDGE,
  relationship,
  removal,
  update,
  user,
  whole,
  YUBL,
  yubl,
} from './legacy/sample-changes.ts';
import { ndjsonBatches } from './ndjson-lines.ts';

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

const take = (texts: readonly string[], door: Door) =>
  ingest.take(
    texts.map((text) => ({ text })),
    { door, origin: 'x' },
  );

const changes: (() => JsonObject)[] = [
  () => whole('users', 'insert', user({ firstName: 'Ada', lastName: null })),
  () => whole('users', 'replace', user()),
  () => update('users', ADA, { updatedFields: { userName: 'a' }, removedFields: ['lastName'], truncatedArrays: [] }),
  () => removal('users', ADA),
  () => whole('relationships', 'insert', relationship(ADA, BOB)),
  () => whole('relationships', 'replace', relationship(ADA, CAT)),
  () => update('relationships', EDGE, { updatedFields: { followee: { $oid: BOB } } }),
  () => removal('relationships', EDGE, { fullDocumentBeforeChange: relationship(ADA, BOB) }),
  () => whole('yubls', 'insert', yubl()),
  () => update('yubls', YUBL, { updatedFields: { likes: 1 } }),
  () => removal('yubls', YUBL),
];

const events: (() => JsonObject)[] = eventTypes.map((type, index) => () => ({
  specversion: '1.0',
  id: `${type}-${index}`,
  source: 'urn:test',
  type,
  data: catalog[type].examples[0],
  time: '2016-02-22T07:02:00Z',
  sequence: '7',
  dataschema: catalog[type].dataschema,
  correlationid: 'c',
}));

const valid = { legacy: changes, events };
const doors = ['legacy', 'events'] as const;

// A place in a document and its new value; undefined removes it.
const values = fc.oneof(
  fc.jsonValue(),
  fc.constant(undefined),
  fc.constantFrom('', 0, -1, 2 ** 53, '2016-02-30T00:00:00Z', ADA, { $oid: BOB }, { $date: {} }, { $numberLong: '1' }),
);

function placesOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, inner]) => placesOf(inner, [...path, name]))];
}

function changedAt(value: unknown, [name, ...rest]: readonly string[], to: unknown): unknown {
  if (name === undefined) return to;
  const entries = Object.entries(value as JsonObject).flatMap(([one, inner]) => {
    const now = one === name ? changedAt(inner, rest, to) : inner;
    return now === undefined ? [] : [[one, now] as const];
  });
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

async function expectSoundLog(): Promise<void> {
  const { events: logged } = await log.read({ after: 0, limit: 100_000 });
  for (const event of logged) {
    const definition = definitionOf(event.type);
    expect(definition.safeParse(event.data)).toEqual({ success: true, data: event.data });
    expect(event).toMatchObject({
      subject: definition.subject(event.data),
      partitionkey: definition.partitionKey(event.data),
      dataschema: definition.dataschema,
      sequence: expect.stringMatching(SEQUENCE_PATTERN),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  }
}

describe.each(doors)('at the door of %s', (door) => {
  const mutated = fc
    .nat({ max: valid[door].length - 1 })
    .map((index) => valid[door][index]?.() ?? {})
    .chain((document) => fc.tuple(fc.constant(document), fc.constantFrom(...placesOf(document)), values))
    .map(([document, place, value]) => JSON.stringify(changedAt(document, place, value)) ?? '');
  const texts = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: mutated },
      { weight: 2, arbitrary: fc.json() },
      { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    ),
    { maxLength: 20 },
  );

  test('anything is taken, ignored or refused, each item once, and nothing unsound enters', async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (sent) => {
        const report = await take(sent, door);
        const { accepted, duplicates, quarantined, ignored, problems } = report;
        expect(accepted + duplicates + quarantined + ignored).toBe(sent.length);
        expect(problems).toHaveLength(quarantined);
      }),
      { numRuns: randomRuns(100) },
    );
    await expectSoundLog();
  });

  test('what was taken is a duplicate the second time, and nothing else changes', async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (sent) => {
        const first = await take(sent, door);
        const head = await log.head();
        const kept = await quarantine.count();
        const second = await take(sent, door);
        // A relationship may have been unknown the first time and be known now.
        const unknown = first.problems.filter(({ code }) => code === 'RELATIONSHIP_UNKNOWN').length;
        expect(second.ignored).toBe(first.ignored);
        expect(second.accepted).toBeLessThanOrEqual(unknown);
        expect(second.duplicates).toBe(first.accepted + first.duplicates);
        expect((await log.head()) - head).toBeLessThanOrEqual(2 * second.accepted);
        expect(await quarantine.count()).toBe(kept);
      }),
      { numRuns: randomRuns(100) },
    );
  });

  test('a valid document with one thing changed is taken, or refused with a path that says where', async () => {
    await fc.assert(
      fc.asyncProperty(mutated, async (text) => {
        const { problems } = await take([text], door);
        const [problem] = problems;
        if (problem === undefined || !/^(EVENT|CHANGE)_INVALID$/.test(problem.code)) return;
        const document: unknown = text === '' ? undefined : JSON.parse(text);
        if (typeof document !== 'object' || document === null || Array.isArray(document)) return;
        expect(problem.message).toContain(problem.path);
        expect(pathExists(document, problem.path ?? '') || problem.message.includes('is missing')).toBe(true);
      }),
      { numRuns: randomRuns(200) },
    );
  });
});

/** Whether the path can be followed; names in it may contain dots. */
function pathExists(value: unknown, path: string): boolean {
  if (path === '') return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([name, inner]) => path === name || (path.startsWith(`${name}.`) && pathExists(inner, path.slice(name.length + 1))),
  );
}

describe('a flood', () => {
  async function* lines(count: number, line: (index: number) => string): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < count; index += 100) {
      const some = Array.from({ length: 100 }, (_, offset) => line(index + offset));
      yield Buffer.from(`${some.join('\n')}\n`);
    }
  }

  test('of 100,000 bad lines is kept, reported and counted, with little memory', async () => {
    let quarantined = 0;
    let most = 0;
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    for await (const items of ndjsonBatches(lines(100_000, (index) => `{"bad":${index},`))) {
      const report = await ingest.take(items, { door: 'legacy', origin: 'flood' });
      quarantined += report.quarantined;
      most = Math.max(most, process.memoryUsage().rss - before);
    }
    expect(quarantined).toBe(100_000);
    expect(await quarantine.count()).toBe(100_000);
    expect(most).toBeLessThan(200 * 1024 * 1024);
    expect(await log.head()).toBe(0);
  });

  test('that is lines too long which only end otherwise is kept line by line', async () => {
    const begun = 'x'.repeat(2 * 1024 * 1024);
    async function* file() {
      yield Buffer.from(`${begun}1\n${begun}2\n${begun}1\n`);
    }
    for await (const items of ndjsonBatches(file())) await ingest.take(items, { door: 'legacy', origin: 'x' });
    expect(await quarantine.count()).toBe(2);
  });

  test('that is one line of 10 MB is one problem, and what stands around it is taken', async () => {
    async function* file10MB(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`${JSON.stringify(whole('users', 'insert', user()))}\n{"text":"`);
      for (let index = 0; index < 160; index += 1) yield Buffer.alloc(65_536, 'x');
      yield Buffer.from(`"}\n${JSON.stringify(whole('yubls', 'insert', yubl()))}`);
    }
    for await (const items of ndjsonBatches(file10MB())) await ingest.take(items, { door: 'legacy', origin: 'x' });
    const { events: logged } = await log.read({ after: 0, limit: 10 });
    expect(logged.map(({ type }) => type)).toEqual(['user-joined', 'yubl-posted']);
    const [entry] = await quarantine.list({ after: 0, limit: 10 });
    expect(entry).toMatchObject({ problem: { code: 'LINE_TOO_LONG' }, truncated: true });
    expect(entry?.raw).toHaveLength(65_536);
  });
});
