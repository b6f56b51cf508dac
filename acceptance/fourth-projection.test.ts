import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importBreaches } from '../tidy/import-rules.ts';
import { readSourceTree } from '../tidy/source-tree.ts';
import { startCli, runCli, eventually, type CliProcess } from '../testing/cli/cli-process.ts';
import { objectId, smallHistory } from '../testing/cli/legacy-lines.ts';

// A projection that nobody has planned for: its own folder, put into a copy of Figtree, and one line in the registry.

const ROOT = join(import.meta.dirname, '..');
const REGISTRY = 'apps/projections/registry.ts';
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const YUBLS = 30;
const HEAD = YUBLS + 5;
const poster = objectId(1);

const root = mkdtempSync(join(tmpdir(), 'figtree-fourth-'));
const data = join(root, 'data');
const copy = join(root, 'figtree');
const options = { data, main: join(copy, 'apps/cli/main.ts') };
let server: CliProcess | undefined;

beforeAll(async () => {
  const wanted = /^(?!node_modules$|\.git$|\.figtree$|coverage$)/;
  for (const name of readdirSync(ROOT).filter((entry) => wanted.test(entry))) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  cpSync(join(ROOT, 'testing/fourth-projection'), join(copy, 'features/activity'), { recursive: true });
  const registry = readFileSync(join(copy, REGISTRY), 'utf8');
  const added = registry
    .replace(
      "from './search.ts';",
      "from './search.ts';\nimport { activity } from '../../features/activity/projection.ts';",
    )
    .replace(/(registryOf\(\[[^\]]*?),?\s*\]/, '$1, activity]');
  expect(added.length).toBeGreaterThan(registry.length + 60);
  writeFileSync(join(copy, REGISTRY), added);
  // Data of a Figtree that did not know it.
  const input = smallHistory(YUBLS).join('\n');
  expect(await runCli(['import', '-'], { data, input })).toMatchObject({ code: 0, stderr: '' });
});
afterAll(async () => {
  server?.child.kill('SIGKILL');
  await server?.result;
  rmSync(root, { recursive: true, force: true });
});

async function json(words: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runCli([...words, '--json'], options);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
}

describe('a fourth projection', () => {
  test('lies in one folder and one line of another file, and its types check', async () => {
    const changed = promisify(execFile)('diff', ['-rq', '--no-dereference', '-x', 'node_modules', ROOT, copy]).then(
      () => 'nothing',
      ({ stdout }: { stdout: string }) => stdout,
    );
    const lines = (await changed).split('\n').filter((line) => line.includes(copy) && !line.includes('features'));
    expect(lines.map((line) => line.replace(/.* and /, ''))).toEqual([`${join(copy, REGISTRY)} differ`]);
    // What ships: its test is this one.
    const project = join(copy, 'tsconfig.shipped.json');
    writeFileSync(project, JSON.stringify({ extends: './tsconfig.json', include: ['apps/cli/main.ts', 'features'] }));
    const { stdout } = await promisify(execFile)(process.execPath, [TSC, '--project', project]).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  });

  test('keeps the rules of the house', () => {
    expect(importBreaches(readSourceTree(copy))).toEqual([]);
  });

  test('is built from the log, served beside the others, rebuilt, swapped and rolled back', async () => {
    server = startCli(['serve'], options);
    const url = await eventually(server, () => /http:\/\/[\d.:]+/.exec(server?.stdout() ?? '')?.[0]);
    const get = async (path: string) => (await fetch(url + path)).json() as Promise<Record<string, unknown>>;

    const { projections } = (await get(`/status?after=${HEAD}`)) as { projections: { name: string }[] };
    expect(projections.at(-1)).toMatchObject({ name: 'activity', version: 1, position: HEAD, state: 'live' });
    const expected = { userId: poster, userName: 'user_1', yubls: YUBLS };
    expect(await get(`/users/${poster}/activity?after=${HEAD}`)).toEqual(expected);
    const { paths } = (await get('/openapi.json')) as { paths: object };
    expect(paths).toHaveProperty('/users/{userId}/activity');

    expect(await json(['rebuild', 'activity'])).toMatchObject({ stage: 'swapped' });
    const { projections: rebuilt } = (await get('/status')) as { projections: { name: string }[] };
    expect(rebuilt.at(-1)).toMatchObject({ name: 'activity', position: HEAD, state: 'live' });
    expect(JSON.parse(readFileSync(join(data, 'live.json'), 'utf8'))).toMatchObject({
      activity: { live: expect.stringMatching(/^activity-.*\.db$/), previous: 'activity.db' },
    });
    expect(await get(`/users/${poster}/activity`)).toEqual(expected);
    expect(await json(['read', 'activity', poster])).toMatchObject({ position: HEAD, answer: expected });
    expect(await json(['explain', 'activity', poster])).toMatchObject({ explanations: [{ id: poster, there: true }] });
    expect(await json(['rebuild', 'activity', '--rollback'])).toBeDefined();
    expect(await get(`/users/${poster}/activity`)).toEqual(expected);
  });
});

// The last one: afterwards the copy cannot be started.
test.each(['status', 'serve'])('a name that is not valid is refused in one line: %s', async (command) => {
  const path = join(copy, 'features/activity/projection.ts');
  writeFileSync(path, readFileSync(path, 'utf8').replace("name: 'activity'", "name: 'my-activity'"));
  const { code, stdout, stderr } = await runCli([command], options);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^DECLARATION_INVALID: "my-activity" cannot be .*: use lower-case letters and digits.*\n$/);
  const { stdout: document } = await runCli([command, '--json'], options);
  expect(JSON.parse(document)).toMatchObject({ code: 'DECLARATION_INVALID', remedy: expect.any(String) });
});
