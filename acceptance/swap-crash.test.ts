import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLivePointer } from '../adapters/embedded/projection/live-pointer.ts';
import { SETTINGS } from '../testing/engine/applied-log.ts';
import { buildVersion } from '../testing/engine/other-versions.ts';
import { projectionNames } from '../apps/projections/registry.ts';
import { askEngine } from './answers.ts';
import { naiveAnswers } from './naive-model.ts';
import { createHappenings, everything, openWithLines, seeded, take } from './swap-load.ts';

// A process that swaps under load and is killed: the next one has either all old versions or all new ones, and nothing
// acknowledged is lost.

let root: string;
const seed = Number(process.env['FIGTREE_TEST_SEED']);
const random = seeded(seed);
const happenings = createHappenings(random);
const files = Object.fromEntries(projectionNames.map((name) => [name, `${name}-new.db`]));

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'figtree-swap-crash-'));
  const { engine } = await openWithLines(join(root, 'begin'), SETTINGS);
  const position = await take(engine, Array.from({ length: 2000 }, happenings.next));
  for (const name of projectionNames) expect(await engine.progress.reached(name, position, 60_000)).toBe(true);
  await engine.close();
  for (const name of projectionNames)
    await buildVersion(join(root, 'begin'), { name, file: `${name}-new.db`, upTo: 1500 });
});
afterAll(() => rmSync(root, { recursive: true }));

const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** Swaps while it writes, and is killed by `killer`; it reports what was acknowledged. */
function script(folder: string, killer: string): string {
  return `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const die = () => process.kill(process.pid, 'SIGKILL');
    const rename = fs.renameSync;
    ${killer}
    syncBuiltinESMExports();
    const { openWithLines, createHappenings, seeded, take } = await import(${module('./swap-load.ts')});
    const { engine } = await openWithLines(${JSON.stringify(folder)}, ${JSON.stringify(SETTINGS)});
    const happenings = createHappenings(seeded(${random(2 ** 31)}), 100_000);
    (async () => {
      for (;;) {
        const position = await take(engine, Array.from({ length: 20 }, happenings.next));
        process.stdout.write(position + '\\n');
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.stdout.write('swapping\\n');
    await engine.operations.swap({ files: ${JSON.stringify(files)}, id: 'new' });
    process.stdout.write('swapped\\n');
    await new Promise((resolve) => setTimeout(resolve, 30_000));
    die();
  `;
}

/** Returns the last acknowledged position. */
async function runUntilKilled(code: string, killAfterMs?: (said: string) => number | undefined): Promise<number> {
  // A file, because threads inherit a process's flags, and theirs must not contain the code of a flag.
  const path = join(root, 'swapping.mjs');
  writeFileSync(path, code);
  const child = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  let planned = false;
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    const afterMs = planned ? undefined : killAfterMs?.(said);
    if (afterMs === undefined) return;
    planned = true;
    void sleep(afterMs).then(() => child.kill('SIGKILL'));
  });
  await new Promise((resolve) => child.once('close', resolve));
  expect(child.signalCode).toBe('SIGKILL');
  return Number(said.split('\n').findLast((line) => /^\d+$/.test(line)) ?? 0);
}

async function expectWhole(folder: string, acknowledged: number): Promise<string> {
  const live = projectionNames.map((name) => readLivePointer(folder).of(name).live);
  const which = live.every((file) => file.endsWith('-new.db')) ? 'new' : 'old';
  if (which === 'old') expect(live).toEqual(projectionNames.map((name) => `${name}.db`));
  const { engine, lines } = await openWithLines(folder, SETTINGS);
  try {
    expect(lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
    const head = await engine.log.head();
    expect(head).toBeGreaterThanOrEqual(acknowledged);
    for (const name of projectionNames) expect(await engine.progress.reached(name, head, 60_000)).toBe(true);
    const questions = happenings.questions();
    const expected = naiveAnswers(await everything(engine), SETTINGS.feedLength, questions);
    expect(await askEngine(engine, questions)).toEqual(expected);
  } finally {
    await engine.close();
  }
  return which;
}

async function begin(name: string): Promise<string> {
  const folder = join(root, name);
  cpSync(join(root, 'begin'), folder, { recursive: true });
  chmodSync(folder, 0o700);
  return folder;
}

test.each([
  ['before the flip', 'fs.renameSync = () => die();', 'old'],
  ['right after the flip', 'fs.renameSync = (from, to) => { rename(from, to); die(); };', 'new'],
])('killed %s', async (name, killer, expected) => {
  const folder = await begin(name);
  const acknowledged = await runUntilKilled(script(folder, killer));
  expect(await expectWhole(folder, acknowledged)).toBe(expected);
});

test('killed at any moment', async () => {
  const found: string[] = [];
  for (let run = 0; run < 3; run += 1) {
    const folder = await begin(`run ${run}`);
    // The last of them when the swap is certainly complete, or nearly.
    const delayMs = run < 2 ? random(2000) : 6000;
    const acknowledged = await runUntilKilled(script(folder, ''), (said) =>
      said.includes('swapping') ? delayMs : undefined,
    );
    found.push(`${delayMs} ms: ${await expectWhole(folder, acknowledged)}`);
  }
  console.info(found.join(', '));
});
