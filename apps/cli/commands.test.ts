import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandEnvironment, eventually, runCli, startCli } from '../../testing/cli/cli-process.ts';
import { objectId, smallHistory } from '../../testing/cli/legacy-lines.ts';
import { projectionNames } from '../projections/registry.ts';

// A data folder for the reading commands, and an empty one.
let folder: string;
let data: string;
let empty: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-cli-'));
  data = join(folder, 'data');
  empty = join(folder, 'empty');
  const input = [...smallHistory(2000), 'not json', '{"a":1}', 'not json either'].join('\n');
  await runCli(['import', '-'], { data, input });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...words: string[]) => runCli(words, { data });
const lines = (text: string) => text.trimEnd().split('\n');

describe('wrong use', () => {
  test.each([
    ['', /specify a command/],
    ['imprt x', /unknown command 'imprt' \(Did you mean import\?\)/],
    ['import', /missing required argument 'file'/],
    ['import x --as csv', /Allowed choices are legacy, events/],
    ['tail --from yesterday', /Must be a whole number/],
    ['tail --type yubl-liked', /--type yubl-liked is not an event of the catalog; choose user-joined/],
    ['quarantine list --limit 0', /Must be at least 1/],
    ['quarantine release', /specify IDs or --all/],
    ['status --bogus', /unknown option '--bogus'/],
  ])('"%s" ends with 2 and says why on the last line', async (words, reason) => {
    const { code, stdout, stderr } = await run(...words.split(' ').filter((word) => word !== ''));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(lines(stderr).at(-1)).toMatch(/^REQUEST_INVALID: /);
    expect(lines(stderr).at(-1)).toMatch(reason);
  });

  test('with --json the reason is a document too', async () => {
    const { code, stdout } = await run('trace', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining('correlation-id'),
    });
  });

  test.each([
    ['PORT', 'many'],
    ['LOG_LEVEL', 'loud'],
    ['FIGTREE_FEED_LENGTH', '0'],
  ])('%s=%s stops every command with 2', async (name, value) => {
    const { code, stderr } = await runCli(['status'], { data, env: { [name]: value } });
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`^CONFIG_INVALID: ${name} .*\n$`));
  });
});

test('every command has help with an example', async () => {
  const commands = ['', 'serve', 'demo', 'import', 'status', 'tail', 'trace', 'quarantine', 'parked', 'schema'];
  const looking = ['parity', 'explain', 'read', 'rebuild', 'archive', 'restore', 'new'];
  const all = [
    ...commands,
    ...looking,
    ...['list', 'show', 'release'].map((sub) => `quarantine ${sub}`),
    ...['list', 'show', 'redrive', 'discard', 'resume'].map((sub) => `parked ${sub}`),
    ...['check', 'freeze', 'diff', 'sample', 'lineage', 'docs'].map((sub) => `schema ${sub}`),
    ...['projection', 'event'].map((sub) => `new ${sub}`),
  ];
  const helps = await Promise.all(
    all.map((command) => run(...command.split(' ').filter((word) => word !== ''), '--help')),
  );
  helps.forEach(({ code, stdout, stderr }, index) => {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: ${`figtree ${all[index]}`.trim()}`);
    expect(stdout).toMatch(/Examples?:\n +(PORT=0 )?figtree /);
    expect(Math.max(...lines(stdout).map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

test('a folder without data is said to be one', async () => {
  for (const words of [['status'], ['tail'], ['trace', 'x'], ['quarantine', 'list']]) {
    const { code, stdout, stderr } = await runCli(words, { data: empty });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^DATA_MISSING: .*empty/);
  }
});

test('status is a table', async () => {
  const { code, stdout, stderr } = await run('status');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/head +2,005\n/);
  expect(stdout).toMatch(/quarantined +3 +list them with: figtree quarantine list/);
  for (const name of projectionNames) {
    expect(stdout).toMatch(new RegExp(`${name} +[0-9]+ +2,005 +0 events +- +0 +live`));
  }
});

describe('tail', () => {
  test('prints what is wanted from a position on, and ends with 0 when interrupted', async () => {
    const tailing = startCli(['tail', '--from', '2', '--type', 'user-joined', '--type', 'followed', '--json'], {
      data,
    });
    await eventually(tailing, () => (lines(tailing.stdout()).length === 4 ? true : undefined));
    tailing.child.kill('SIGINT');
    const { code, stdout, stderr } = await tailing.result;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const events = lines(stdout).map((line) => JSON.parse(line) as { position: number; type: string });
    expect(events.map(({ position, type }) => [position, type])).toEqual([
      [2, 'user-joined'],
      [3, 'user-joined'],
      [4, 'followed'],
      [5, 'followed'],
    ]);
  });

  test('is refused from a position that the log has not come to', async () => {
    const { code, stdout, stderr } = await run('tail', '--from', '2007');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^POSITION_BEYOND_HEAD: .*2007.*2005/);
  });

  test('shows what another process records meanwhile', async () => {
    const own = join(folder, 'tailed');
    await runCli(['import', '-'], { data: own, input: smallHistory(0).join('\n') });
    const tailing = startCli(['tail'], { data: own });
    await eventually(tailing, () => (tailing.stderr().includes('after position 5') ? true : undefined));
    await runCli(['import', '-'], { data: own, input: smallHistory(1).join('\n') });
    await eventually(tailing, () => (tailing.stdout().includes('\n') ? true : undefined));
    tailing.child.kill('SIGTERM');
    const { code, stdout } = await tailing.result;
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^2023-11-14 22:13:20 +6 {2}yubl-posted +[0-9a-f]{24} {2}text=yubl number 0 authorId=0{23}1\n$/,
    );
  });

  test('ends in silence when its reader goes away', async () => {
    const tailing = spawn(
      'sh',
      ['-c', '"$@" | head -n 3', 'sh', process.execPath, 'apps/cli/main.ts', 'tail', '--from', '1'],
      {
        env: { ...commandEnvironment, FIGTREE_DATA: data },
      },
    );
    let [stdout, stderr] = ['', ''];
    tailing.stdout.on('data', (text: Buffer) => void (stdout += text.toString()));
    tailing.stderr.on('data', (text: Buffer) => void (stderr += text.toString()));
    const [code] = (await once(tailing, 'close')) as [number];
    expect({ code, stderr, lines: lines(stdout).length }).toEqual({ code: 0, stderr: '', lines: 3 });
  });
});

describe('trace', () => {
  test('shows a flow from the record to the last consumer', async () => {
    const tailed = startCli(['tail', '--from', '6', '--json'], { data });
    await eventually(tailed, () => (tailed.stdout().includes('\n') ? true : undefined));
    tailed.child.kill();
    await tailed.result;
    const event = JSON.parse(lines(tailed.stdout())[0] ?? '') as { correlationid: string; id: string };

    const asJson = await run('trace', event.correlationid, '--json');
    expect(JSON.parse(asJson.stdout)).toMatchObject({ correlationId: event.correlationid, events: [{ id: event.id }] });
    const asText = await run('trace', event.correlationid);
    expect(asText.stdout).toMatch(new RegExp(`^Flow ${event.correlationid}\n1 event, [0-9]+ steps?, [0-9]+ ms\n`));
    expect(asText.stdout).toMatch(/\+0 ms {2}yubl-posted #6 {2}recorded [0-9-]{10} [0-9:.]{12}\n/);
  });

  test('an id that nothing carries fails', async () => {
    const { code, stdout, stderr } = await run('trace', 'nobody');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^NOT_FOUND: no event has the correlation ID nobody/);
  });
});

describe('quarantine', () => {
  test('is listed by pages, oldest first', async () => {
    const first = JSON.parse((await run('quarantine', 'list', '--limit', '2', '--json')).stdout);
    expect(first.items.map((item: { code: string; door: string }) => [item.code, item.door])).toEqual([
      ['NOT_JSON', 'legacy'],
      ['CHANGE_INVALID', 'legacy'],
    ]);
    const rest = JSON.parse((await run('quarantine', 'list', '--after', String(first.next), '--json')).stdout);
    expect(rest).toMatchObject({ items: [{ code: 'NOT_JSON', origin: 'stdin' }], next: null });

    const table = await run('quarantine', 'list', '--limit', '2');
    expect(lines(table.stdout)[0]).toMatch(/^ +ID +WHEN \(UTC\) +DOOR +CODE +PROBLEM$/);
    expect(table.stdout).toContain(`2 of 3; continue with: figtree quarantine list --after ${first.next}`);
  });

  test('shows what was sent', async () => {
    const { items } = JSON.parse((await run('quarantine', 'list', '--json')).stdout);
    const shown = await run('quarantine', 'show', String(items[0].id));
    expect(shown.stdout).toMatch(/code +NOT_JSON/);
    expect(shown.stdout).toMatch(/What was sent:\n\nnot json\n$/);
    const asJson = await run('quarantine', 'show', String(items[1].id), '--json');
    expect(JSON.parse(asJson.stdout)).toEqual({ ...items[1], raw: '{"a":1}' });
    expect(await run('quarantine', 'show', '999')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^NOT_FOUND: /),
    });
  });

  test('what is still wrong is refused again and stays', async () => {
    const released = await run('quarantine', 'release', '--all', '--json');
    expect(released.code).toBe(1);
    expect(JSON.parse(released.stdout)).toMatchObject({ released: 0, refused: 3, unknown: 0 });
    const unknown = await run('quarantine', 'release', '999');
    expect(unknown).toMatchObject({ code: 1, stdout: expect.stringContaining('999  unknown') });
    expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({ quarantined: 3 });
  });
});

describe('serve', () => {
  async function serving(own: string) {
    const server = startCli(['serve'], { data: own });
    const url = await eventually(server, () => /"url":"(http:[^"]+)"/.exec(server.stdout())?.[1]);
    return { server, url };
  }

  test('logs its address as JSON, is the only writer, and ends with 0 when it is stopped', async () => {
    const { server, url } = await serving(data);
    const health = await fetch(`${url}/health`);
    expect(health.status).toBe(200);
    const feed = (await (await fetch(`${url}/feeds/${objectId(2)}?limit=1`)).json()) as { items: { text: string }[] };
    expect(feed.items).toMatchObject([{ text: 'yubl number 1999' }]);
    // Reading commands work beside it, a second writer does not.
    expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({ head: 2005 });
    const second = await run('quarantine', 'release', '1');
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining(`DATA_IN_USE`) });

    server.child.kill('SIGTERM');
    const { code, stdout, stderr } = await server.result;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const messages = lines(stdout).map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages[0]).toBe('listening');
    expect(messages.at(-1)).toBe('stopped');
  });

  test('a port that is taken fails with the way out', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await runCli(['serve'], { data: join(folder, 'busy'), env: { PORT: String(port) } });
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toBe(
      `ADDRESS_UNAVAILABLE: 127.0.0.1:${port} is in use. Set PORT=0 for a free port, or PORT to another number.\n`,
    );
  });

  test('beyond the loopback it does not start without keys', async () => {
    const result = await runCli(['serve'], { data: empty, env: { HOST: '0.0.0.0' } });
    expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^AUTH_REQUIRED: /) });
  });
});

test('the version is that of the package', async () => {
  const { default: packageJson } = await import('../../package.json', { with: { type: 'json' } });
  expect(await run('--version')).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' });
});
