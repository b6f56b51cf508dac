import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { seededRandom } from '../apps/seeded-random.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ChaosInput, chaosInput } from './chaos/input.ts';
import { command, serve } from './chaos/server.ts';
import { expectWhole, projectionFile } from './chaos/whole-folder.ts';
import { startFigtree } from './figtree-process.ts';

// A projection whose file is lost is rebuilt from the log. Most of a trimmed log is in its archive, which is not where
// it was.

let root: string;
let folder: string;
let input: ChaosInput;
const archive = () => join(root, 'archive');
const elsewhere = () => join(root, 'elsewhere');

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'figtree-trimmed-'));
  folder = join(root, 'data');
  input = { ...chaosInput({ lines: 300, events: 0 }, seededRandom(1)), posted: [] };
  const file = join(root, 'lines.ndjson');
  writeFileSync(file, `${input.imported.join('\n')}\n`);
  await command(folder, ['import', file]);
  await command(folder, ['archive', archive(), '--trim']);
  renameSync(archive(), elsewhere());
  for (const suffix of ['', '-wal', '-shm']) rmSync(projectionFile(folder, 'feed') + suffix, { force: true });
});
afterEach(() => rmSync(root, { recursive: true }));

test('without its archive the others continue, and it is said what to type; then that helps', async () => {
  const server = await serve(folder);
  await server.until('the feed stands', ({ projections }) => projections.some(({ state }) => state === 'stopped'));
  const { projections } = await server.status();
  expect(projections.length).toBeGreaterThanOrEqual(3);
  for (const { name, state } of projections) expect(state, name).toBe(name === 'feed' ? 'stopped' : 'live');
  await command(folder, ['archive', elsewhere(), '--trim']);
  await server.caughtUp();
  await server.end();
  const { stdout } = await server.process.ended;
  expect(stdout).toMatch(/contains no archive, .*figtree archive FOLDER --trim/);
  await expectWhole(folder, input, { archive: elsewhere() });
});

test('a rebuild is refused unless it is given the archive: then it builds all of it', async () => {
  const { code, stderr } = await startFigtree(folder, ['rebuild', 'feed', '--json']).ended;
  expect([code, stderr]).toEqual([1, expect.stringMatching(/ARCHIVE_DAMAGED.*figtree archive FOLDER --trim/)]);
  const dry = await startFigtree(folder, ['rebuild', 'all', '--from-archive', elsewhere(), '--dry-run', '--json'])
    .ended;
  const { upTo, projections } = JSON.parse(dry.stdout) as { upTo: number; projections: { events: object }[] };
  const counted = Object.assign({}, ...projections.map(({ events }) => events)) as Record<string, number>;
  // Each type is wanted by some projection.
  expect(Object.values(counted).reduce((sum, events) => sum + events, 0)).toBe(upTo);
  const server = await serve(folder);
  await command(folder, ['rebuild', 'feed', '--from-archive', elsewhere(), '--json']);
  await server.caughtUp();
  await server.end();
  await expectWhole(folder, input, { archive: elsewhere() });
});
