import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { randomRuns } from '../ports/contracts/random-runs.ts';
import { seededRandom } from '../apps/seeded-random.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chaosClient } from './chaos/client.ts';
import { chaosInput } from './chaos/input.ts';
import { type DataSnapshot, differences, takeSnapshot } from './data-snapshot.ts';
import { type FigtreeProcess, startFigtree } from './figtree-process.ts';

// Projections are rebuilt while everything continues, and killed meanwhile. The result equals that of the same log
// without any of this.

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'figtree-rebuilding-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LISTENING = /"url":"([^"]+)".*"msg":"listening"/;
const seed = Number(process.env['FIGTREE_TEST_SEED']);

async function ended(running: FigtreeProcess): Promise<string> {
  const { code, stdout, stderr } = await running.ended;
  if (code !== 0) throw new Error(`seed ${seed}: ended with ${code}: ${stdout}${stderr}`);
  return stdout;
}

function lastLine(stdout: string): { stage: string; resumed: boolean; projections: Record<string, unknown>[] } {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as ReturnType<typeof lastLine>;
}

/** Files of projections have other names after a swap, and are as sound. */
async function snapshot(wayOf: Parameters<typeof takeSnapshot>[1]): Promise<DataSnapshot> {
  const taken = await takeSnapshot(folder, wayOf);
  const [soundness] = new Set(Object.values(taken.soundness));
  expect(new Set(Object.values(taken.soundness)).size).toBe(1);
  return { ...taken, soundness: { all: soundness ?? '' } };
}

interface Reading {
  readonly failures: string[];
  reads(): number;
  stop(): Promise<void>;
}

/** Requests feeds, users and yubls as fast as they are answered. */
function keepReading(url: string, paths: readonly string[]): Reading {
  const failures: string[] = [];
  let [reads, stopped] = [0, false];
  const loop = (async () => {
    while (!stopped) {
      const path = paths[reads % paths.length] ?? '/';
      const response = await fetch(url + path);
      const text = await response.text();
      if (response.status !== 200) failures.push(`${path} ${response.status} ${text}`);
      reads += 1;
    }
  })();
  return {
    failures,
    reads: () => reads,
    async stop() {
      stopped = true;
      await loop;
    },
  };
}

async function caughtUp(url: string): Promise<void> {
  for (;;) {
    const status = (await (await fetch(`${url}/status`)).json()) as { projections: { lagEvents: number }[] };
    if (status.projections.every(({ lagEvents }) => lagEvents === 0)) return;
    await sleep(20);
  }
}

test('a rebuild beside a server that is written to and read from loses nothing and refuses nobody', async () => {
  const random = seededRandom(seed);
  const input = chaosInput({ lines: 3000, events: 600 }, random);
  const client = chaosClient(input, random);
  const server = startFigtree(folder, ['serve']);
  const url = await server.line(LISTENING);
  const imported = input.imported.join('\n');
  const headers = { 'content-type': 'application/x-ndjson' };
  await fetch(`${url}/legacy/changes`, { method: 'POST', headers, body: imported });
  const userIds = [...imported.matchAll(/"coll":"users"[^\n]*?"documentKey":\{"_id":\{"\$oid":"(\w+)"/g)].map(
    ([, id]) => id,
  );
  expect(userIds.length).toBeGreaterThan(10);
  const reading = keepReading(
    url,
    userIds.slice(0, 20).flatMap((id) => [`/feeds/${id}`, `/users/${id}/followers`, '/search/yubls?q=the']),
  );
  const posting = client.post(url);
  const summary = lastLine(await ended(startFigtree(folder, ['rebuild', 'all', '--json'])));
  expect(summary).toMatchObject({ stage: 'swapped' });
  await posting;
  expect(client.done()).toBe(true);
  // Over HTTP as well, by the same engine.
  const begun = await fetch(`${url}/admin/rebuilds`, {
    method: 'POST',
    body: JSON.stringify({ projections: ['feed'] }),
  });
  expect(begun.status).toBe(202);
  const { id } = (await begun.json()) as { id: string };
  const of = async () =>
    (await (await fetch(`${url}/admin/rebuilds/${id}`)).json()) as { state: string; stage: string; error?: object };
  while ((await of()).state === 'running') await sleep(50);
  const said = await of();
  expect(said.error).toBeUndefined();
  expect(said).toMatchObject({ state: 'done', stage: 'swapped' });
  await caughtUp(url);
  await reading.stop();
  expect(reading.failures).toEqual([]);
  expect(reading.reads()).toBeGreaterThan(20);
  server.end();
  await ended(server);
  const after = await snapshot(input.wayOf);
  // The same log once more, in the ordinary way only.
  for (const name of readdirSync(folder)) {
    if (name !== 'log.db') rmSync(join(folder, name), { recursive: true });
  }
  await ended(startFigtree(folder, ['import', '/dev/null']));
  expect(differences(await snapshot(input.wayOf), after)).toEqual([]);
});

const KILLS = randomRuns(2);

test(`a rebuild that is killed ${KILLS} times ends as one that is not`, async () => {
  const random = seededRandom(seed);
  const file = 'samples/irc-2016.changes.ndjson.gz';
  await ended(startFigtree(folder, ['import', file]));
  const before = await snapshot(() => 'imported');
  const startedMs = performance.now();
  const undisturbed = lastLine(await ended(startFigtree(folder, ['rebuild', 'all', '--json'])));
  const tookMs = performance.now() - startedMs;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const running = startFigtree(folder, ['rebuild', 'all', '--json']);
    const afterMs = Math.round(tookMs * random());
    await Promise.race([sleep(afterMs), running.ended]);
    running.kill();
    await running.ended;
  }
  const summary = lastLine(await ended(startFigtree(folder, ['rebuild', 'all', '--json'])));
  const told = ({ projections }: typeof summary) =>
    projections.map(({ name, position, parked, verification }) => {
      const { digest, counts } = verification as { digest: string; counts: object };
      return { name, position, parked, digest, counts };
    });
  expect(told(summary), `seed ${seed}`).toEqual(told(undisturbed));
  expect(differences(before, await snapshot(() => 'imported')), `seed ${seed}`).toEqual([]);
  expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([]);
});
