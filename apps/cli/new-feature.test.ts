import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, runCli, startCli } from '../../testing/cli/cli-process.ts';
import { objectId, smallHistory } from '../../testing/cli/legacy-lines.ts';

// A data folder whose writer did not have one of the features.

let data: string;
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'figtree-new-feature-'));
  await runCli(['import', '-'], { data, input: smallHistory(3).join('\n') });
  forget();
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

function forget(): void {
  const files = readdirSync(data).filter((name) => name.startsWith('notifications'));
  for (const file of files) rmSync(join(data, file));
}

const run = (...words: string[]) => runCli(words, { data });
const user = objectId(1);

test('status shows the others, and how to build it', async () => {
  const { code, stdout } = await run('status');
  expect(code).toBe(0);
  expect(stdout).toMatch(/trendingtags +1 +8 +0 events/);
  expect(stdout).toContain('notifications: not built; ');
  expect(stdout).toContain('figtree rebuild notifications');
  expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({ notBuilt: ['notifications'] });
});

test('commands that do not need it work, and those that do say how to build it', async () => {
  expect(await run('parked', 'list')).toMatchObject({ code: 0 });
  expect(await run('parked', 'list', '--projection', 'notifications')).toMatchObject({ code: 0 });
  expect((await run('trace', 'x')).stderr).toMatch(/^NOT_FOUND/);
  for (const words of [
    ['read', 'notifications', user],
    ['explain', 'notifications', user],
    ['parity', 'notifications', '--against', 'http://localhost/{key}'],
  ]) {
    const { code, stderr } = await run(...words);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATA_MISSING: .* is not built yet.*\. Rebuild it: figtree rebuild notifications\.\n$/);
  }
});

test('its first rebuild replaces nothing, and is no reason for a warning', async () => {
  const { code, stdout, stderr } = await run('rebuild', 'notifications');
  expect({ code, warned: stderr.includes('missing') }).toEqual({ code: 0, warned: false });
  expect(stdout).not.toContain('previous version');
  expect((await run('rebuild', 'notifications')).stdout).toContain('figtree rebuild notifications --rollback');
});

test('a file of a past version is rebuilt, too', async () => {
  const live = readdirSync(data).filter((name) => /^notifications.*\.db$/.test(name));
  for (const file of live) {
    const database = new DatabaseSync(join(data, file));
    database.exec('UPDATE figtree_progress SET version = 0');
    database.close();
  }
  const { stderr } = await run('read', 'notifications', user);
  expect(stderr).toMatch(/has version 0, but .* version 1\. Rebuild it: figtree rebuild notifications\.\n$/);
  expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({ notBuilt: ['notifications'] });
});

test('a server that starts builds it, and says that it is new', async () => {
  forget();
  rmSync(join(data, 'live.json'));
  const serving = startCli(['serve'], { data });
  await eventually(serving, () => /http:\/\/127\.0\.0\.1:[0-9]+/.exec(serving.stdout())?.[0]);
  serving.child.kill('SIGTERM');
  const { stdout } = await serving.result;
  expect(stdout).toContain('new projection, building it from the log');
  expect(stdout).not.toContain('projection file is missing');
});
