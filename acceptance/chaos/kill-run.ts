import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openReadOnlyEngine } from '../../apps/embedded/open-read-only-engine.ts';
import { isFigtreeError } from '../../events/errors.ts';
import { type ChaosClient, chaosClient } from './client.ts';
import type { ChaosInput, Random } from './input.ts';
import { type DataSnapshot, takeSnapshot } from '../data-snapshot.ts';
import { type FigtreeProcess, startFigtree } from '../figtree-process.ts';

export interface Undisturbed {
  readonly snapshot: DataSnapshot;
  readonly durations: Durations;
}

interface Durations {
  /** Until a command works: most of the time of importing a short file. */
  readonly startMs: number;
  /** The import from its start to its end. */
  readonly importMs: number;
}

export interface Kill {
  readonly command: string;
  readonly afterMs: number;
  /** The posted events acknowledged until then. */
  readonly acknowledged: number;
  readonly head: number;
}

/** Ingests everything without any disturbance. */
export function undisturbed(input: ChaosInput): Promise<Undisturbed> {
  return inFolder(input, async (folder, files) => {
    const importMs = await importToItsEnd(folder, files.imported);
    const startMs = Math.min(
      await importToItsEnd(folder, files.posted),
      await importToItsEnd(folder, files.events),
      importMs,
    );
    return { snapshot: await takeSnapshot(folder, input.wayOf), durations: { startMs, importMs } };
  });
}

export interface Disturbance {
  readonly input: ChaosInput;
  readonly kills: number;
  readonly durations: Durations;
  readonly random: Random;
  readonly onKill: (kill: Kill) => void;
  /** Checks the folder at the end; rejects with the violated invariant. */
  readonly look: (folder: string) => Promise<void>;
}

/** Kills the import and the server at random moments, and then runs the same commands to their end. Rejects as soon as
 *  something acknowledged is missing. */
export function disturbed(disturbance: Disturbance): Promise<DataSnapshot> {
  const { input, kills, random, onKill } = disturbance;
  return inFolder(input, async (folder, files) => {
    const client = chaosClient(input, random);
    for (let kill = 0; kill < kills; kill += 1) {
      const command = random() < 0.5 ? 'import' : 'serve';
      const afterMs = momentOf(disturbance.durations, random);
      if (command === 'import') await killAfter(startFigtree(folder, ['import', files.imported]), afterMs);
      else await killServer(folder, client, afterMs);
      const head = await headWith(folder, client);
      onKill({ command, afterMs, acknowledged: client.acknowledged().size, head });
    }
    await importToItsEnd(folder, files.imported);
    await serveToItsEnd(folder, client);
    await headWith(folder, client);
    await disturbance.look(folder);
    return takeSnapshot(folder, input.wayOf);
  });
}

/** Now and then while a command starts, mostly while it works or shortly after. */
function momentOf({ startMs, importMs }: Durations, random: Random): number {
  if (random() < 0.25) return Math.round(random() * startMs);
  const earliest = startMs * 0.6;
  return Math.round(earliest + random() * (importMs * 1.1 - earliest));
}

interface InputFiles {
  readonly imported: string;
  readonly posted: string;
  readonly events: string;
}

async function inFolder<Result>(
  input: ChaosInput,
  work: (folder: string, files: InputFiles) => Promise<Result>,
): Promise<Result> {
  const root = mkdtempSync(join(tmpdir(), 'figtree-chaos-'));
  const write = (name: string, lines: readonly string[]) => {
    writeFileSync(join(root, name), `${lines.join('\n')}\n`);
    return join(root, name);
  };
  const events = input.queues.flat().map((event) => JSON.stringify(event));
  const files = {
    imported: write('imported.ndjson', input.imported),
    posted: write('posted.ndjson', input.posted),
    events: write('events.ndjson', events),
  };
  try {
    return await work(join(root, 'data'), files);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Returns how long it took, in milliseconds. */
async function importToItsEnd(folder: string, file: string): Promise<number> {
  const startMs = performance.now();
  const { code, stdout, stderr } = await startFigtree(folder, ['import', file, '--json']).ended;
  if (code !== 0) throw new Error(`import ended with ${code}: ${stderr}`);
  const { read, accepted, duplicates } = JSON.parse(stdout) as Record<string, number>;
  if (read !== (accepted ?? 0) + (duplicates ?? 0)) throw new Error(`import did not take all: ${stdout}`);
  return performance.now() - startMs;
}

async function killAfter(running: FigtreeProcess, afterMs: number): Promise<void> {
  await Promise.race([sleep(afterMs), running.ended]);
  running.kill();
  const { code, stderr } = await running.ended;
  // Killed (no code), or it was faster.
  if (code !== null && code !== 0) throw new Error(`a command ended with ${code} by itself: ${stderr}`);
}

const LISTENING = /"url":"([^"]+)".*"msg":"listening"/;

async function killServer(folder: string, client: ChaosClient, afterMs: number): Promise<void> {
  const server = startFigtree(folder, ['serve']);
  const posting = server.line(LISTENING).then(
    (url) => client.post(url),
    // It was killed before it listened.
    () => undefined,
  );
  await killAfter(server, afterMs);
  await posting;
}

async function serveToItsEnd(folder: string, client: ChaosClient): Promise<void> {
  const server = startFigtree(folder, ['serve']);
  const url = await server.line(LISTENING);
  await client.post(url);
  if (!client.done()) throw new Error(`the server did not take everything: ${(await server.ended).stderr}`);
  await caughtUp(url);
  server.end();
  const { code, stderr } = await server.ended;
  if (code !== 0) throw new Error(`serve ended with ${code}: ${stderr}`);
}

async function caughtUp(url: string): Promise<void> {
  for (;;) {
    const status = (await (await fetch(`${url}/status`)).json()) as { projections: { lagEvents: number }[] };
    if (status.projections.every(({ lagEvents }) => lagEvents === 0)) return;
    await sleep(20);
  }
}

/** The log's head; throws if an acknowledged event is missing. */
async function headWith(folder: string, client: ChaosClient): Promise<number> {
  const acknowledged = client.acknowledged();
  let engine: Awaited<ReturnType<typeof openReadOnlyEngine>>;
  try {
    engine = await openReadOnlyEngine({ folder, feedLength: 800 });
  } catch (error) {
    // Killed before it had created its files: then it has acknowledged nothing.
    if (isFigtreeError(error, 'DATA_MISSING') && acknowledged.size === 0) return 0;
    throw error;
  }
  try {
    const head = await engine.log.head();
    const ids = new Set<string>();
    for (let after = 0; after < head;) {
      const page = await engine.log.read({ after, limit: 1000 });
      for (const { id } of page.events) ids.add(id);
      after = page.position;
    }
    const lost = [...acknowledged].filter((id) => !ids.has(id));
    if (lost.length > 0) throw new Error(`${lost.length} acknowledged events are lost: ${lost.slice(0, 5).join(', ')}`);
    return head;
  } finally {
    await engine.close();
  }
}
