import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, runCli, startCli, type CliResult } from '../../testing/cli/cli-process.ts';
import { smallHistory } from '../../testing/cli/legacy-lines.ts';

let root: string;
let data: string;
let archive: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'figtree-archive-'));
  [data, archive] = [join(root, 'data'), join(root, 'archive')];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const json = (result: CliResult) => JSON.parse(result.stdout) as Record<string, unknown>;
const run = (...words: string[]) => runCli([...words, '--json'], { data });
const importLines = async (yubls: number) =>
  json(await runCli(['import', '-', '--json'], { data, input: smallHistory(yubls).join('\n') }));

function rowsOf(folder: string, table: string): unknown[] {
  const database = new DatabaseSync(join(folder, 'log.db'), { readOnly: true });
  const rows = database.prepare(`SELECT * FROM ${table}`).all();
  database.close();
  return rows;
}

test('a log is archived in steps, verified, and restored equal; its projections build themselves', async () => {
  await importLines(200);
  expect(json(await run('archive', archive))).toMatchObject({ events: 205, files: 1, lastPosition: 205, head: 205 });
  await importLines(300);
  expect(json(await run('archive', archive))).toMatchObject({ events: 100, files: 1, lastPosition: 305, head: 305 });
  expect(json(await run('archive', archive))).toMatchObject({ events: 0, files: 0 });
  const verified = await run('archive', 'verify', archive);
  expect(verified.code).toBe(0);
  expect(json(verified)).toMatchObject({ ok: true, events: 305, faults: [], unnamed: [] });

  const restored = join(root, 'restored');
  const restore = await runCli(['restore', archive, '--json'], { data: restored });
  expect(restore).toMatchObject({ code: 0, stderr: '' });
  expect(json(restore)).toMatchObject({ events: 305, quarantined: 0, relationships: 2 });
  for (const table of ['events', 'quarantine', 'legacy_relationship', 'clock_mark', 'log_fact']) {
    expect(rowsOf(restored, table)).toEqual(rowsOf(data, table));
  }
  const input = smallHistory(300).join('\n');
  const again = await runCli(['import', '-', '--json'], { data: restored, input });
  expect(json(again)).toMatchObject({ duplicates: 305, accepted: 0, feedEntries: 600 });

  const twice = await runCli(['restore', archive, '--json'], { data: restored });
  expect(twice.code).toBe(1);
  expect(json(twice)).toMatchObject({ code: 'DATA_NOT_EMPTY' });
});

test('each line of it is the envelope as it was published, with its position', async () => {
  await importLines(1);
  await run('archive', archive);
  const name = readdirSync(archive).find((each) => each.startsWith('events-')) ?? '';
  const lines = gunzipSync(readFileSync(join(archive, name)))
    .toString()
    .trimEnd()
    .split('\n');
  const tail = startCli(['tail', '--from', '1', '--json'], { data });
  await eventually(tail, () => (tail.stdout().split('\n').length > lines.length ? true : undefined));
  tail.child.kill();
  await tail.result;
  const events = tail
    .stdout()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(events);
});

test('a file that was changed is named, with exit code 1', async () => {
  await importLines(10);
  await run('archive', archive);
  const name = readdirSync(archive).find((each) => each.startsWith('events-')) ?? '';
  writeFileSync(join(archive, name), 'no gzip');
  const verified = await run('archive', 'verify', archive);
  expect(verified.code).toBe(1);
  expect(json(verified)).toMatchObject({ ok: false, faults: [{ file: name }] });
  const restore = await runCli(['restore', archive], { data: join(root, 'restored') });
  expect(restore.code).toBe(1);
  expect(restore.stderr).toContain('ARCHIVE_DAMAGED');
  expect(restore.stderr).toContain(name);
});

test('beside a running server a log is archived and trimmed, and a projection that is gone is built from the archive', async () => {
  await importLines(300);
  const server = startCli(['serve'], { data });
  const url = await eventually(server, () => /http:\/\/[\d.:]+/.exec(server.stdout() + server.stderr())?.[0]);
  const trimmed = await run('archive', archive, '--trim');
  expect(trimmed).toMatchObject({ code: 0, stderr: '' });
  expect(json(trimmed)).toMatchObject({ events: 305, trim: { trimmed: 304, first: 305, shrunk: false } });

  const gone = await fetch(`${url}/events?from=1`);
  expect(gone.status).toBe(410);
  expect(await gone.json()).toMatchObject({ code: 'EVENTS_ARCHIVED', first: 305 });
  expect((await fetch(`${url}/events/stream?from=1`)).status).toBe(410);
  const left = (await (await fetch(`${url}/events`)).json()) as { items: { position: number }[] };
  expect(left.items.map(({ position }) => position)).toEqual([305]);
  server.child.kill();
  await server.result;

  const shrunk = json(await run('archive', archive, '--trim'));
  expect(shrunk).toMatchObject({ events: 0, trim: { trimmed: 0, first: 305, freeBytes: 0, shrunk: true } });
  for (const name of readdirSync(data)) if (/^(feed|search)/.test(name)) rmSync(join(data, name));
  expect(await importLines(301)).toMatchObject({ duplicates: 305, accepted: 1, feedEntries: 602 });
  const tail = await runCli(['tail', '--from', '1'], { data });
  expect(tail.code).toBe(1);
  expect(tail.stderr).toContain('EVENTS_ARCHIVED');
});

test('killed at any moment, an archive stays whole and a restore begins anew', async () => {
  await importLines(5000);
  const whole = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('log.db'));
  for (const waitMs of [0, 20, 60]) {
    const process = startCli(['archive', archive], { data });
    await eventually(process, () => (existsSync(join(archive, 'manifest.json')) ? true : undefined));
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    process.child.kill('SIGKILL');
    await process.result;
    expect(json(await run('archive', 'verify', archive))).toMatchObject({ ok: true });
  }
  expect(json(await run('archive', archive))).toMatchObject({ lastPosition: 5005 });

  const restored = join(root, 'restored');
  const killed = startCli(['restore', archive], { data: restored });
  await eventually(killed, () =>
    readdirSync(root).includes('restored') && whole(restored).length > 0 ? true : undefined,
  );
  killed.child.kill('SIGKILL');
  await killed.result;
  // The kill may come after the last step: then the same command finds a complete folder.
  const complete = whole(restored).includes('log.db');
  expect((await runCli(['status'], { data: restored })).stderr).toContain('DATA_MISSING');
  const again = await runCli(['restore', archive], { data: restored });
  expect([again.code, /^[A-Z_]+/.exec(again.stderr)?.[0]]).toEqual(complete ? [1, 'DATA_NOT_EMPTY'] : [0, undefined]);
  expect(whole(restored)).toEqual(['log.db']);
  const early = await runCli(['status'], { data: restored });
  expect(early.stderr).toMatch(/^DATA_MISSING: .*feed\.db is not built yet: the next start/);
  expect(rowsOf(restored, 'events')).toEqual(rowsOf(data, 'events'));
});
