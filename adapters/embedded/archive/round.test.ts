import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomRuns } from '../../../ports/contracts/random-runs.ts';
import { eventTypes } from '../../../events/catalog.ts';
import { defined } from '../../../events/defined.ts';
import { sequenceOf } from '../../../events/sequence.ts';
import { idOf, sampleEvent } from '../../../ports/contracts/sample-events.ts';
import type { LogArchive } from '../../../ports/log-archive.ts';
import { openArchiveFolder } from './folder.ts';
import { restoreArchive } from './restoring.ts';
import { openArchiveSource } from './source.ts';
import { trimOneFile } from './trimming.ts';
import { verifyArchive } from './verifying.ts';
import { writeArchive } from './writing.ts';
import { lockDataFolder } from '../files/data-folder.ts';
import { openLogFile } from '../log/log-file.ts';
import { openLogWithArchive } from './log-with-archive.ts';
import { projectionNames } from '../../../apps/projections/registry.ts';

const signal = new AbortController().signal;
const onProgress = () => {};

// Possible contents of a text, including quotes that look like the end of a line's head.
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('","data":{', '}\n{', '\u0000\ud83d', ',"data":'));

const batch = fc.record({
  events: fc.array(
    fc.record({
      type: fc.constantFrom(...eventTypes),
      key: fc.integer({ min: 0, max: 3 }),
      ids: fc.option(text, { nil: undefined }),
      flow: fc.option(text, { nil: undefined }),
      baggage: fc.option(text, { nil: undefined }),
      days: fc.integer({ min: -1, max: 1 }),
    }),
    { maxLength: 12 },
  ),
  refused: fc.array(text, { maxLength: 2 }),
  relationship: fc.option(fc.integer({ min: 0, max: 99 }), { nil: undefined }),
  mark: fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: undefined }),
  /** After how many calls of the archive it is killed; then it is run again. */
  killedAfter: fc.integer({ min: 0, max: 9 }),
});

type Batch = typeof batch extends fc.Arbitrary<infer Each> ? Each : never;

async function add(path: string, { events, refused, relationship, mark }: Batch): Promise<void> {
  const file = openLogFile(path);
  const head = await file.log.head();
  await file.log.append(
    events.map(({ type, key, ids, flow, baggage }, index) =>
      sampleEvent(
        { type, key, variant: index },
        {
          ...(ids !== undefined && { id: `${ids}${index}`, source: `urn:${ids.slice(0, 1)}` }),
          ...defined({ correlationid: flow }),
          ...(baggage !== undefined && { baggage, producerid: 'p' }),
        },
      ),
    ),
  );
  const problem = { code: 'NOT_JSON', message: 'no' } as const;
  await file.quarantine.add(refused.map((raw) => ({ door: 'events', origin: 'test', problem, raw })));
  if (refused.length > 1) await file.quarantine.release(1);
  if (relationship !== undefined) {
    const [followerId, followeeId] = [idOf(1), idOf(2)];
    await file.memory.remember([{ relationshipId: idOf(relationship), version: '1', followerId, followeeId }]);
  }
  if (mark !== undefined) await file.clockMark.save(sequenceOf(mark, 0));
  await file.close();
  // A clock that jumps, also backwards.
  const database = new DatabaseSync(path);
  events.forEach(({ days }, index) => {
    const position = 'SELECT max(position) - ? FROM event';
    database
      .prepare(`UPDATE event SET recorded_ms = recorded_ms + ? WHERE position = (${position}) AND position > ?`)
      .run(days * 86_400_000, index, head);
  });
  database.close();
}

/** Fails from a call on, as if the process were gone: that call does nothing. */
function killed(archive: LogArchive, after: number): LogArchive {
  let calls = 0;
  const alive = () => {
    calls += 1;
    if (calls > after) throw new Error('killed');
  };
  return {
    ...archive,
    put: async (...given) => (alive(), archive.put(...given)),
    replaceManifest: async (...given) => (alive(), archive.replaceManifest(...given)),
    remove: async (...given) => (alive(), archive.remove(...given)),
  };
}

async function archiveOnce(folder: string, archive: LogArchive) {
  const source = await openArchiveSource(folder);
  try {
    return await writeArchive({ ...source, archive, signal, onProgress });
  } finally {
    source.close();
  }
}

/** Everything observable about a log. The numbers of names are internal, and so is a name that only a refused event
 *  had. */
function everything(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  const columns = 'position, id, version, key, subject, sequence, time, recorded_ms, correlation, extensions, data';
  const tables = ['events', 'quarantine', 'legacy_relationship', 'clock_mark', 'log_fact'];
  const queries = [...tables.map((table) => `SELECT * FROM ${table}`), `SELECT ${columns} FROM event`];
  const rows = queries.map((query) => database.prepare(query).all());
  const schema = database.prepare('SELECT type, name FROM sqlite_schema ORDER BY type, name').all();
  database.close();
  return [...rows, schema];
}

test('what is archived in any steps, with kills between, is restored equal, and can be trimmed', async () => {
  const play = async (batches: readonly Batch[], restoreKilledAfter: number) => {
    const root = mkdtempSync(join(tmpdir(), 'figtree-round-'));
    const [data, restored] = [join(root, 'data'), join(root, 'restored')];
    const archive = openArchiveFolder(join(root, 'archive'));
    lockDataFolder(data).unlock();
    const log = join(data, 'log.db');
    let before: readonly string[] = [];
    for (const each of batches) {
      await add(log, each);
      await archiveOnce(data, killed(archive, each.killedAfter)).catch(() => {});
      const { manifest, head } = await archiveOnce(data, archive);
      expect(manifest.lastPosition).toBe(head);
      // No complete file is written again.
      const files = manifest.files.map(({ sha256 }) => sha256);
      expect(files.slice(0, before.length)).toEqual(before);
      before = files;
      expect(await verifyArchive({ archive, signal, onProgress })).toMatchObject({
        faults: [],
        unnamed: [],
        events: head,
      });
    }
    const original = everything(log);

    const stopped = new AbortController();
    let files = 0;
    const progress = () => void ((files += 1) > restoreKilledAfter && stopped.abort());
    for (const end of [stopped.signal, signal]) {
      const folder = lockDataFolder(restored);
      const run = restoreArchive({ folder, archive, projections: projectionNames, signal: end, onProgress: progress });
      const done = await run.then(
        () => true,
        () => false,
      );
      folder.unlock();
      if (done) break;
    }
    expect(everything(join(restored, 'log.db'))).toEqual(original);

    const whole = await readAll(log);
    const file = openLogFile(log);
    while (!(await trimOneFile(file, archive, Infinity)).done);
    expect(file.log.firstPosition()).toBe(whole.length);
    await file.close();
    expect(await readAll(log)).toEqual(whole);
    rmSync(root, { recursive: true });
  };
  const batches = fc.array(batch, { minLength: 1, maxLength: 4 });
  const property = fc.asyncProperty(batches, fc.integer({ min: 0, max: 4 }), play);
  await expect(fc.assert(property, { numRuns: randomRuns(4) })).resolves.toBeUndefined();
});

async function readAll(logPath: string): Promise<unknown[]> {
  const reader = openLogWithArchive({ logPath });
  const events: unknown[] = [];
  for (let after = 0; ;) {
    const page = await reader.read({ after, limit: 7 });
    if (page.position === after) break;
    events.push(...page.events);
    after = page.position;
  }
  await reader.close();
  return events;
}
