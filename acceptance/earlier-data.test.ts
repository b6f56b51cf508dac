import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openArchiveFolder } from '../adapters/embedded/archive/folder.ts';
import { restoreArchive } from '../adapters/embedded/archive/restoring.ts';
import { openArchiveSource } from '../adapters/embedded/archive/source.ts';
import { tableLines } from '../adapters/embedded/archive/tables.ts';
import { verifyArchive } from '../adapters/embedded/archive/verifying.ts';
import { lockDataFolder } from '../adapters/embedded/files/data-folder.ts';
import { openQuarantineReader } from '../adapters/embedded/quarantine/quarantine.ts';
import type { Engine } from '../engine/engine.ts';
import { caughtUp } from './swap-load.ts';
import { openSealing, takeEvents } from './erasure-engine.ts';
import { projectionNames } from '../apps/projections/registry.ts';

// A data folder and an archive from before refused texts were recorded and sealed, and before seals were bound to their
// place. In both, two users have joined, the second follows the first, whose yubl says `accepted confession`, and a
// publisher has taken the id `erase-<first>` of the source `figtree`. Two texts were refused: `refused confession`
// names the first user in capitals, `escaped confession` with a JSON escape. Each file is gzip in base64.
const files = JSON.parse(readFileSync(join(import.meta.dirname, 'earlier-data/format-1.json'), 'utf8')) as Record<
  'plain' | 'sealed',
  Record<string, string>
>;
const [person, other] = ['aaaaaaaaaaaaaaaaaaaaaaa1', 'aaaaaaaaaaaaaaaaaaaaaaa2'];

let root: string;
let engine: Engine | undefined;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'figtree-earlier-'))));
afterEach(async () => {
  await engine?.close();
  engine = undefined;
  rmSync(root, { recursive: true });
});

describe.each(['plain', 'sealed'] as const)('what an earlier release has written, %s,', (kind) => {
  const personKeys = kind === 'sealed';
  const { signal } = new AbortController();
  const archive = () => openArchiveFolder(join(root, 'archive'));
  beforeEach(() => {
    for (const [name, content] of Object.entries(files[kind])) {
      mkdirSync(dirname(join(root, name)), { recursive: true, mode: 0o700 });
      writeFileSync(join(root, name), gunzipSync(Buffer.from(content, 'base64')));
    }
  });

  async function expectAll(opened: Engine): Promise<void> {
    await caughtUp(opened);
    const { events } = await opened.log.read({ after: 0, limit: 10 });
    expect(events.map(({ type }) => type)).toEqual([
      'user-joined',
      'user-joined',
      'yubl-posted',
      'followed',
      'user-left',
    ]);
    expect(events[2]?.data).toMatchObject({ authorId: person, text: 'accepted confession' });
    expect(await opened.relationships.user(person)).toMatchObject({ userName: 'marta_example' });
    const refused = await opened.quarantine.list({ after: 0, limit: 10 });
    expect(refused.map(({ raw }) => /(\w+) confession/.exec(raw)?.[1])).toEqual(['refused', 'escaped']);
  }

  test('is read before any writer of this release came', async () => {
    const reader = openQuarantineReader(join(root, 'data', 'log.db'));
    expect((await reader.list({ after: 0, limit: 10 })).length).toBe(2);
    await reader.close();
    const source = await openArchiveSource(join(root, 'data'));
    expect([...tableLines(source.database, 'quarantine')].length).toBe(2);
    source.close();
  });

  test('is opened, built from, written on, and read again', async () => {
    engine = await openSealing(join(root, 'data'), personKeys);
    await expectAll(engine);
    const posted = {
      specversion: '1.0',
      id: 'new',
      source: 'urn:test',
      type: 'yubl-posted',
      data: { yublId: 'b'.repeat(24), authorId: other, text: 'said now', postedAt: '2026-01-02T10:00:00Z' },
    };
    expect(await takeEvents(engine, [posted, { id: 'refused now' }])).toMatchObject({ accepted: 1, quarantined: 1 });
    await engine.close();
    engine = await openSealing(join(root, 'data'), personKeys);
    await caughtUp(engine);
    expect((await engine.log.read({ after: 5, limit: 10 })).events).toMatchObject([{ data: { text: 'said now' } }]);
    expect((await engine.quarantine.list({ after: 2, limit: 10 })).map(({ raw }) => raw)).toEqual([
      '{"id":"refused now"}',
    ]);
  });

  test('is verified and restored from its archive', async () => {
    expect(await verifyArchive({ archive: archive(), signal, onProgress() {} })).toMatchObject({
      faults: [],
      events: 5,
    });
    const folder = lockDataFolder(join(root, 'restored'));
    expect(
      await restoreArchive({ folder, archive: archive(), projections: projectionNames, signal, onProgress() {} }),
    ).toMatchObject({
      events: 5,
      quarantined: 2,
    });
    folder.unlock();
    const keys = files[kind]['data/keys.db'];
    if (keys !== undefined) writeFileSync(join(root, 'restored', 'keys.db'), gunzipSync(Buffer.from(keys, 'base64')));
    engine = await openSealing(join(root, 'restored'), personKeys);
    await expectAll(engine);
  });

  test('is erased of a person, in the archive that is named as well', async () => {
    engine = await openSealing(join(root, 'data'), personKeys);
    await caughtUp(engine);
    const report = await engine.operations.erase({ userId: person ?? '', archive: join(root, 'archive') });
    expect(report).toMatchObject({ clean: true, unquarantined: 2, leftAt: 6 });
    expect(await engine.relationships.user(person ?? '')).toBeUndefined();
    expect(await engine.quarantine.count()).toBe(0);
    expect(await engine.relationships.user(other ?? '')).toMatchObject({ userName: 'another_example' });
    expect(await verifyArchive({ archive: archive(), signal, onProgress() {} })).toMatchObject({ faults: [] });
  });
});
