import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliProcess, eventually, runCli, startCli } from '../../testing/cli/cli-process.ts';
import { smallHistory } from '../../testing/cli/legacy-lines.ts';

// A server whose feed and search cannot handle position 7, because the event there was damaged.

const BAD = 7;
let folder: string;
let data: string;
let server: CliProcess;
let sound: string;

const run = (...words: string[]) => runCli(words, { data });
const json = async (...words: string[]) => JSON.parse((await run(...words, '--json')).stdout);

function inLog(change: (log: DatabaseSync) => void): void {
  const log = new DatabaseSync(join(data, 'log.db'));
  log.exec('PRAGMA busy_timeout = 5000');
  change(log);
  log.close();
}

const write = (text: string) =>
  inLog((log) => void log.prepare('UPDATE event SET data = ? WHERE position = ?').run(text, BAD));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-parked-'));
  data = join(folder, 'data');
  const input = smallHistory(3)
    .map((line) => `${line}\n`)
    .join('');
  await runCli(['import', '-'], { data, input });
  inLog((log) => {
    sound = (log.prepare('SELECT data FROM event WHERE position = ?').get(BAD) as { data: string }).data;
  });
  write('null');
  for (const name of ['feed', 'search']) rmSync(join(data, `${name}.db`));
  server = startCli(['serve'], { data });
  await eventually(server, async () => {
    const status = await run('status', '--json');
    if (status.code !== 0) return undefined;
    const { projections } = JSON.parse(status.stdout) as { projections: { parked: number; position: number }[] };
    return projections.every(({ position }) => position === 8) && projections.some(({ parked }) => parked > 0)
      ? true
      : undefined;
  });
});
afterAll(async () => {
  server.child.kill('SIGTERM');
  await server.result;
  rmSync(folder, { recursive: true, force: true });
});

test('status of the holder shows what is parked and what to type', async () => {
  const { stdout } = await run('status');
  expect(stdout).toMatch(/search: 1 event parked \(index-search 1\), .*: figtree parked list --projection search/);
  const [feed] = (await json('status')).projections;
  expect(feed).toMatchObject({ parked: 1, stalledSeconds: 0, discarded: 0 });
});

test('list and show work beside the server', async () => {
  const { items, next } = await json('parked', 'list', '--limit', '1');
  expect(items).toMatchObject([{ projection: 'feed', position: BAD, consumer: 'distribute-yubl', code: 'TypeError' }]);
  expect(next).toBe(`feed:${BAD}`);
  expect((await json('parked', 'list', '--after', next)).items).toMatchObject([{ projection: 'search' }]);
  expect((await run('parked', 'list')).stdout).toMatch(/search +7 .* index-search .* TypeError/);
  expect((await json('parked', 'show', String(BAD))).items).toMatchObject([
    { projection: 'feed', waiting: 0 },
    { projection: 'search', waiting: 0, events: [{ type: 'yubl-posted', position: BAD }] },
  ]);
  expect((await run('parked', 'show', items[0].event, '--projection', 'search')).stdout).toContain('TypeError');
  expect(await run('parked', 'show', '1')).toMatchObject({ code: 1, stderr: expect.stringMatching(/^NOT_FOUND: /) });
});

test.each([
  [['discard', '7'], /^REQUEST_INVALID: .*--yes/],
  [['redrive'], /^REQUEST_INVALID: specify one/],
  [['redrive', '7', '--all'], /^REQUEST_INVALID: specify one/],
  [['list', '--after', 'here'], /^REQUEST_INVALID: /],
  [['resume', 'everything'], /^REQUEST_INVALID: /],
])('parked %j is wrong use', async (words, reason) => {
  const { code, stdout, stderr } = await run('parked', ...words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(reason);
});

test('redrive reaches the server: 1 while it fails, 0 once it is mended; discard takes out what is named', async () => {
  const failing = await run('parked', 'redrive', '--all');
  expect(failing).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/0 events of 2 keys handled; 2 keys failed/),
  });
  expect(await json('parked', 'discard', String(BAD), '--projection', 'search', '--yes')).toEqual({
    discarded: 1,
    projections: [{ projection: 'search', discarded: 1 }],
  });
  write(sound);
  const mended = await run('parked', 'redrive', '--error', 'TypeError');
  expect(mended).toMatchObject({ code: 0, stdout: '1 event of 1 key handled\n' });
  expect((await run('parked', 'redrive', '--all')).stdout).toBe('Nothing is parked.\n');
  expect((await run('parked', 'list')).stdout).toBe('Nothing is parked.\n');
  expect((await json('parked', 'resume', 'feed')).upTo).toBe(8);
});
