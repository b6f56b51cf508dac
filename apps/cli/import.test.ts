import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { insertLine, smallHistory } from '../../testing/cli/legacy-lines.ts';
import { eventually, runCli, startCli, type CliResult } from '../../testing/cli/cli-process.ts';
import { projectionNames } from '../projections/registry.ts';

let folder: string;
let data: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-import-'));
  data = join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const ndjson = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

/** The one JSON document of stdout; fails if there is more or less. */
function json(result: CliResult): Record<string, unknown> {
  return JSON.parse(result.stdout) as Record<string, unknown>;
}

/** Read from the file, because a command takes longer to start than what is waited for. Zero until the file has its tables. */
function written(): number {
  let log: DatabaseSync | undefined;
  try {
    log = new DatabaseSync(join(data, 'log.db'), { readOnly: true, timeout: 5000 });
    const row = log.prepare('SELECT coalesce(max(position), 0) AS head FROM event').get() as { head: number };
    return row.head;
  } catch {
    return 0;
  } finally {
    log?.close();
  }
}

async function head(): Promise<unknown> {
  const status = await runCli(['status', '--json'], { data });
  return status.code === 0 ? json(status)['head'] : 0;
}

test('a compressed file is taken in and fanned out, whatever its name, and running it again adds nothing', async () => {
  const path = file('history.ndjson', gzipSync(ndjson(smallHistory(300))));
  const first = await runCli(['import', path, '--json'], { data });
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(json(first)).toEqual({
    read: 305,
    accepted: 305,
    duplicates: 0,
    quarantined: 0,
    ignored: 0,
    seconds: expect.any(Number),
    eventsPerSecond: expect.any(Number),
    feedEntries: 600,
    parked: 0,
  });

  const second = await runCli(['import', path, '--json'], { data });
  expect(second.code).toBe(0);
  expect(json(second)).toMatchObject({ read: 305, accepted: 0, duplicates: 305, feedEntries: 0 });

  const status = json(await runCli(['status', '--json'], { data }));
  expect(status).toMatchObject({ head: 305, quarantined: 0 });
  expect(status['projections']).toMatchObject(
    projectionNames.map((name) => ({
      name,
      version: expect.any(Number),
      position: 305,
      lagEvents: 0,
      lagSeconds: 0,
      parked: 0,
      state: 'live',
    })),
  );
});

test('what is refused is counted, listed by kind, and does not stop the rest', async () => {
  const selfFollow = insertLine(9000, {
    collection: 'relationships',
    id: 77,
    fields: {
      follower: { $oid: 'a'.repeat(24) },
      followee: { $oid: 'a'.repeat(24) },
      createdAt: { $date: '2020-01-01T00:00:00Z' },
    },
  });
  const path = file('bad.ndjson', ndjson(['{"half', 'no json', selfFollow, ...smallHistory(1), '', 'not even']));
  const result = await runCli(['import', path], { data });
  expect(result.code).toBe(0);
  expect(result.stdout).toMatch(/quarantined +4\n/);
  expect(result.stdout).toMatch(/3 × NOT_JSON/);
  expect(result.stdout).toMatch(/1 × SELF_FOLLOW/);
  expect(result.stdout).toContain('figtree quarantine list');
  // oxlint-disable-next-line no-control-regex -- no colours and no bars where there is no terminal
  expect(result.stdout + result.stderr).not.toMatch(/\u001b/);
  expect(result.stderr).toBe('');
});

test('a file that is no NDJSON fails with a hint, also the second time', async () => {
  const path = file('array.json', JSON.stringify(smallHistory(1), undefined, 2));
  for (const _ of ['first', 'second']) {
    const refused = await runCli(['import', path], { data });
    expect(refused.stdout).toContain('one document per line');
    expect(refused.code).toBe(1);
  }
  expect((await runCli(['import', file('empty.ndjson', '\n')], { data })).code).toBe(0);
});

test('of a deployment with several databases, the one that is named counts', async () => {
  const env = { FIGTREE_LEGACY_DATABASE: 'monolith' };
  const ofDatabase = (line: string, db: string) =>
    JSON.stringify({ ...(JSON.parse(line) as object), ns: { ...(JSON.parse(line) as { ns: object }).ns, db } });
  const lines = smallHistory(2).map((line, number) => ofDatabase(line, number < 5 ? 'monolith' : 'other'));
  const result = await runCli(['import', '-', '--json'], { data, env, input: ndjson(lines) });
  expect(result.code).toBe(0);
  expect(json(result)).toMatchObject({ read: 7, accepted: 5, ignored: 2, quarantined: 0 });
});

test('stdin is taken in as it comes, and Figtree’s own events are recognised', async () => {
  const event = (id: string) => ({
    specversion: '1.0',
    id,
    source: 'https://example.org/test',
    type: 'user-joined',
    time: '2024-05-01T12:00:00.000Z',
    data: { userId: 'b'.repeat(24), userName: 'bee', joinedAt: '2024-05-01T12:00:00.000Z' },
  });
  const importing = startCli(['import', '-', '--json'], { data });
  importing.child.stdin.write(`${JSON.stringify(event('1'))}\n`);
  await eventually(importing, () => (written() === 1 ? true : undefined));
  importing.child.stdin.end(JSON.stringify(event('2')));
  const result = await importing.result;
  expect(result.code).toBe(0);
  expect(json(result)).toMatchObject({ read: 2, accepted: 2 });

  const as = await runCli(['import', '-', '--as', 'legacy', '--json'], { data, input: JSON.stringify(event('3')) });
  expect(json(as)).toMatchObject({ read: 1, accepted: 0, quarantined: 1 });
});

test('invalid lines do not decide the type of the others', async () => {
  const event = { specversion: '1.0', id: '1', source: 'https://example.org/test', type: 'user-left' };
  const broken = Array.from({ length: 2500 }, () => 'broken');
  const input = ndjson([...broken, JSON.stringify({ ...event, data: { userId: 'b'.repeat(24) } })]);
  const result = await runCli(['import', '-', '--json'], { data, input });
  expect(json(result)).toMatchObject({ read: 2501, accepted: 1, quarantined: 2500 });
});

test('events that no consumer could handle are reported', async () => {
  const path = file('history.ndjson', ndjson(smallHistory(3)));
  await runCli(['import', path], { data });
  // An event that no door would have accepted; the feed is rebuilt from it.
  const log = new DatabaseSync(join(data, 'log.db'));
  log.exec(`UPDATE event SET data = 'null' WHERE position = 7`);
  log.close();
  rmSync(join(data, 'feed.db'));
  const counted = await runCli(['import', path, '--json'], { data });
  expect(json(counted)).toMatchObject({ accepted: 0, parked: 1 });
  const printed = await runCli(['import', path], { data });
  expect(printed.stdout).toContain('1 event parked');
  const released = await runCli(['quarantine', 'release', '--all'], { data });
  expect(released.stdout).toContain('1 event parked');
});

describe('a file that cannot be read', () => {
  test.each([
    ['a missing one', () => join(folder, 'missing.ndjson'), 'no such file'],
    ['a folder', () => folder, 'is a folder'],
  ])('%s fails before a data folder is made', async (_, path, reason) => {
    const result = await runCli(['import', path(), '--json'], { data });
    expect(result.code).toBe(1);
    expect(json(result)).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining(reason) });
    expect(result.stderr).toMatch(/^FILE_UNREADABLE: .*\n$/);
    expect(json(await runCli(['status', '--json'], { data }))).toMatchObject({ code: 'DATA_MISSING' });
  });

  test('what stands before the break is kept', async () => {
    const zipped = gzipSync(ndjson(smallHistory(5000)));
    const broken = await runCli(['import', file('cut.gz', zipped.subarray(0, zipped.length - 100)), '--json'], {
      data,
    });
    expect(broken.code).toBe(1);
    const { code, details } = json(broken) as { code: string; details: { read: number; accepted: number } };
    expect(code).toBe('FILE_UNREADABLE');
    expect(details.accepted).toBeGreaterThan(2500);
    expect(details.accepted).toBe(details.read);
    expect(await head()).toBe(details.accepted);

    const whole = await runCli(['import', file('whole.gz', zipped), '--json'], { data });
    expect(json(whole)).toMatchObject({ read: 5005, accepted: 5005 - details.read, duplicates: details.read });
  });
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s stops it after the batch in flight with %d, and the same command continues', async (signal, code) => {
  const lines = smallHistory(5000);
  const importing = startCli(['import', '-', '--json'], { data });
  importing.child.stdin.write(ndjson(lines.slice(0, 2000)));
  await eventually(importing, () => (written() === 2000 ? true : undefined));
  importing.child.kill(signal);
  const stopped = await importing.result;
  expect(stopped).toMatchObject({ code, stderr: '' });
  expect(json(stopped)).toMatchObject({ read: 2000, accepted: 2000, interrupted: true });

  const again = await runCli(['import', '-', '--json'], { data, input: ndjson(lines) });
  expect(again.code).toBe(0);
  expect(json(again)).toMatchObject({ read: 5005, accepted: 3005, duplicates: 2000 });
});

test('after a kill -9 the folder can be read and the same command continues', async () => {
  const lines = smallHistory(5000);
  const importing = startCli(['import', '-'], { data });
  importing.child.stdin.write(ndjson(lines.slice(0, 3000)));
  await eventually(importing, () => (written() > 0 ? true : undefined));
  importing.child.kill('SIGKILL');
  await importing.result;
  const kept = Number(await head());
  expect(kept).toBeGreaterThan(0);

  const again = await runCli(['import', '-', '--json'], { data, input: ndjson(lines) });
  expect(json(again)).toMatchObject({ read: 5005, accepted: 5005 - kept, duplicates: kept });
});

test('without waiting it ends once everything is durable, and the projections catch up with the next one', async () => {
  const path = file('history.ndjson', ndjson(smallHistory(3000)));
  const imported = await runCli(['import', path, '--no-wait', '--json'], { data });
  expect(json(imported)).toMatchObject({ read: 3005, accepted: 3005 });
  expect(await head()).toBe(3005);
  await runCli(['import', '-'], { data });
  const status = json(await runCli(['status', '--json'], { data })) as { projections: { position: number }[] };
  expect(status.projections.map(({ position }) => position)).toEqual(projectionNames.map(() => 3005));
});

test('a second writer is refused with the pid of the first', async () => {
  const first = startCli(['import', '-'], { data });
  first.child.stdin.write(ndjson(smallHistory(1)));
  await eventually(first, () => (written() === 6 ? true : undefined));
  const second = await runCli(['import', file('more.ndjson', ''), '--json'], { data });
  expect(second.code).toBe(1);
  expect(json(second)).toMatchObject({
    code: 'DATA_IN_USE',
    message: expect.stringContaining(String(first.child.pid)),
  });
  first.child.stdin.end();
  expect((await first.result).code).toBe(0);
});
