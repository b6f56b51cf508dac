import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually, runCli, startCli } from '../../testing/cli/cli-process.ts';
import { smallHistory } from '../../testing/cli/legacy-lines.ts';
import { projectionNames } from '../projections/registry.ts';

const YUBLS = 400;
const HEAD = YUBLS + 5;

const imported = mkdtempSync(join(tmpdir(), 'figtree-rebuild-'));
let data: string;

beforeAll(async () => {
  const input = smallHistory(YUBLS).join('\n');
  const { code, stderr } = await runCli(['import', '-'], { data: imported, input });
  expect([code, stderr]).toEqual([0, '']);
});
afterAll(() => rmSync(imported, { recursive: true, force: true }));

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'figtree-rebuild-'));
  cpSync(imported, data, { recursive: true });
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const rebuild = (...words: string[]) => runCli(['rebuild', ...words], { data });
const lastLine = (stdout: string) => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;

/** The contents of the folder, without the files that SQLite keeps for readers. */
function contents(): string[] {
  return readdirSync(data, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/-(wal|shm)$/.test(name) && name !== 'rebuilds')
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(data, name)))
          .digest('hex')}`,
    )
    .toSorted();
}

/** Names of the files with the states of rebuilds. */
function states(): string[] {
  const folder = join(data, 'rebuilds');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
}

function count(file: string, sql: string): number {
  const database = new DatabaseSync(join(data, file), { readOnly: true });
  try {
    return (database.prepare(`SELECT (${sql}) AS found`).get() as { found: number }).found;
  } finally {
    database.close();
  }
}

describe('figtree rebuild', () => {
  test('builds all projections, swaps them, and goes back', async () => {
    const { code, stdout, stderr } = await rebuild('all', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const summary = lastLine(stdout);
    expect(summary).toMatchObject({ stage: 'swapped', resumed: false });
    const projections = summary['projections'] as { name: string; position: number; verification: object }[];
    expect(projections.map(({ name, position }) => [name, position])).toEqual(
      projectionNames.map((name) => [name, HEAD]),
    );
    for (const { verification } of projections) expect(verification).toMatchObject({ live: 'equal' });
    const listed = JSON.parse((await rebuild('--list', '--json')).stdout) as { items: object[] };
    expect(listed.items).toEqual([expect.objectContaining({ stage: 'swapped', finishedAt: expect.any(String) })]);
    const back = await rebuild('all', '--rollback');
    expect([back.code, back.stderr]).toEqual([0, '']);
    const status = JSON.parse((await runCli(['status', '--json'], { data })).stdout) as { projections: object[] };
    for (const each of status.projections) expect(each).toMatchObject({ position: HEAD, parked: 0 });
  });

  test('reports what it would do, and writes nothing', async () => {
    const before = contents();
    const { code, stdout, stderr } = await rebuild('all', '--dry-run', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const estimate = JSON.parse(stdout) as { upTo: number; projections: { events: Record<string, number> }[] };
    expect(estimate.upTo).toBe(HEAD);
    expect(estimate.projections.slice(0, 3).map(({ events }) => events)).toEqual([
      { followed: 2, 'yubl-posted': YUBLS },
      { followed: 2, 'user-joined': 3 },
      { 'user-joined': 3, 'yubl-posted': YUBLS },
    ]);
    for (const each of estimate.projections) {
      expect(each).toMatchObject({ secondsFrom: 'sample', bytesFrom: 'live file', seconds: expect.any(Number) });
    }
    expect((await rebuild('feed', '--dry-run')).stdout).toContain('Nothing was written.');
    expect(contents()).toEqual(before);
  });

  test('builds the past beside the present', async () => {
    const before = contents();
    const { code, stdout } = await rebuild('feed', '--until', '25', '--no-swap', '--json');
    expect(code).toBe(0);
    expect(lastLine(stdout)).toMatchObject({ stage: 'built', until: 25, projections: [{ file: 'feed-at-25.db' }] });
    expect(count('feed-at-25.db', 'SELECT count(*) FROM yubl')).toBe(20);
    expect(count('feed-at-25.db', 'SELECT position FROM figtree_progress')).toBe(25);
    const kept = contents().filter((line) => before.includes(line));
    expect(kept).toEqual(before);
    // Everything was recorded in this minute, and nothing a year ago.
    const longAgo = new Date(Date.now() - 365 * 86_400_000).toISOString();
    expect((await rebuild('search', '--until', longAgo, '--no-swap', '--json')).code).toBe(0);
    expect(count('search-at-0.db', 'SELECT count(*) FROM yubl')).toBe(0);
    const now = new Date().toISOString();
    expect(lastLine((await rebuild('search', '--until', now, '--no-swap', '--json')).stdout)).toMatchObject({
      until: HEAD,
    });
  });

  test('reports entries that the live feeds lack', async () => {
    const file = new DatabaseSync(join(data, 'feed.db'));
    file.exec('DELETE FROM feed_chunk');
    file.close();
    const { code, stdout } = await rebuild('feed', '--json');
    expect(code).toBe(0);
    expect(lastLine(stdout)['projections']).toMatchObject([{ verification: { live: 'different' } }]);
  });

  test('builds the past anew each time, whatever lies there from before', async () => {
    const past = ['feed', '--until', '25', '--no-swap'];
    expect((await rebuild(...past)).code).toBe(0);
    const file = new DatabaseSync(join(data, 'feed-at-25.db'));
    file.exec('DELETE FROM yubl');
    file.close();
    expect((await rebuild(...past)).code).toBe(0);
    expect(count('feed-at-25.db', 'SELECT count(*) FROM yubl')).toBe(20);
  });

  test('what was ready for its swap has to pass a gate that is asked for since', async () => {
    const first = lastLine((await rebuild('feed', '--json')).stdout) as { id: string };
    expect((await rebuild('feed', '--rollback')).code).toBe(0);
    const live = JSON.parse(readFileSync(join(data, 'live.json'), 'utf8')) as { feed: { live: string } };
    // As if the process had ended before the swap.
    writeFileSync(join(data, 'live.json'), JSON.stringify({ ...live, feed: { live: live.feed.live } }));
    const path = join(data, 'rebuilds', `${first.id}.json`);
    const { finishedAt: _done, ...state } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    writeFileSync(path, JSON.stringify({ ...state, stage: 'swapping' }));
    const against = join(data, 'legacy.ndjson');
    writeFileSync(against, '{"key":"56caef58a3017054f862f682","items":["57594a146df38cd653a4d3d5"]}\n');
    const gated = await rebuild('feed', '--promote-at', '99', '--against', against);
    expect([gated.code, gated.stderr]).toEqual([1, expect.stringContaining('REBUILD_NOT_PROMOTED')]);
    expect((JSON.parse(readFileSync(join(data, 'live.json'), 'utf8')) as typeof live).feed.live).toBe(live.feed.live);
  });

  test('keeps to the given rate, and prints at most five lines a second', async () => {
    const { code, stdout } = await rebuild('feed', '--rate', '200', '--json');
    expect(code).toBe(0);
    const seconds = lastLine(stdout)['seconds'] as number;
    expect(seconds).toBeGreaterThan((HEAD / 200) * 0.8);
    const lines = stdout.trimEnd().split('\n').length - 1;
    expect(lines).toBeGreaterThan(1);
    expect(lines).toBeLessThan(seconds * 5 + 2);
  });

  test('is refused while another process rebuilds the same, ends at Ctrl-C, and continues', async () => {
    const first = startCli(['rebuild', 'all', '--rate', '20'], { data, input: '' });
    await eventually(first, () => (existsSync(join(data, 'rebuilds', 'feed.pid')) ? true : undefined));
    const second = await rebuild('feed');
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`REBUILD_RUNNING: feed is being rebuilt by process ${first.child.pid}.`);
    expect((await rebuild('--list')).stdout).toContain(`running in process ${first.child.pid}`);
    // It has already read words that are in no file yet.
    const erasing = await runCli(['erase', String(count('feed.db', 'SELECT user_id FROM user LIMIT 1')), '--yes'], {
      data,
    });
    expect([erasing.code, erasing.stderr]).toEqual([1, expect.stringContaining('REBUILD_RUNNING')]);
    first.child.kill('SIGINT');
    const ended = await first.result;
    expect(ended.code).toBe(130);
    expect(ended.stdout).toContain('feed build at 0');
    expect(ended.stdout).toContain(
      'What was built in memory starts over, other files are kept; run the same command to continue',
    );
    expect((await rebuild('--list')).stdout).toContain('interrupted');
    const again = await rebuild('all', '--json');
    expect(lastLine(again.stdout)).toMatchObject({ stage: 'swapped', resumed: true });
    expect(readdirSync(data).filter((name) => name.includes('.part'))).toEqual([]);
  });

  test('waits for its turn to swap when several are done at the same time', async () => {
    const done = await Promise.all(projectionNames.map((name) => rebuild(name)));
    expect(done.map(({ code, stderr }) => [code, stderr])).toEqual(projectionNames.map(() => [0, '']));
  });

  test('is superseded by another one that can go live, or starts over on request', async () => {
    const first = startCli(['rebuild', 'all', '--rate', '20'], { data, input: '' });
    const [begun] = await eventually(first, () => (states().length > 0 ? states() : undefined));
    first.child.kill('SIGKILL');
    await first.result;
    const restarted = startCli(['rebuild', 'all', '--rate', '20', '--restart'], { data, input: '' });
    await eventually(restarted, () => (states().length > 0 && states()[0] !== begun ? true : undefined));
    restarted.child.kill('SIGKILL');
    await restarted.result;
    const { code, stderr } = await rebuild('feed');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^The interrupted rebuild \w+ is discarded/)]);
    const { items } = JSON.parse((await rebuild('--list', '--json')).stdout) as { items: object[] };
    expect(items).toHaveLength(1);
  });

  test.each([
    ['its new file has gone live meanwhile', 'building', ['feed']],
    ['its new file has gone', 'swapping', ['feed', '--rollback']],
  ])('begins anew if %s', async (_, stage, after) => {
    const first = lastLine((await rebuild('feed', '--json')).stdout) as { id: string; projections: { file: string }[] };
    const [made] = first.projections;
    const path = join(data, 'rebuilds', `${first.id}.json`);
    const { finishedAt: _done, ...state } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    writeFileSync(path, JSON.stringify({ ...state, stage }));
    if (after.length > 1) {
      expect((await rebuild(...after)).code).toBe(0);
      rmSync(join(data, made?.file ?? ''));
    }
    const again = await rebuild('feed', '--json');
    expect([again.code, again.stderr]).toEqual([0, '']);
    expect(lastLine(again.stdout)).toMatchObject({ stage: 'swapped', resumed: false });
    expect(lastLine(again.stdout)['id']).not.toBe(first.id);
  });

  test('stops at an event that a consumer cannot take, or sets it aside', async () => {
    const log = new DatabaseSync(join(data, 'log.db'));
    log.exec('UPDATE event SET version = 99 WHERE position = 30');
    log.close();
    const stopped = await rebuild('feed', '--json');
    expect(stopped.code).toBe(1);
    expect(lastLine(stopped.stdout)).toMatchObject({
      code: 'REBUILD_STOPPED',
      details: { position: 30, type: 'yubl-posted', consumer: 'distribute-yubl' },
      remedy: expect.stringContaining('--on-error park'),
    });
    expect((await rebuild('--list')).stdout).toContain('failed: REBUILD_STOPPED');
    const parked = await rebuild('feed', '--on-error', 'park', '--json');
    expect(lastLine(parked.stdout)).toMatchObject({ stage: 'swapped', resumed: true });
    expect(lastLine(parked.stdout)['projections']).toMatchObject([{ name: 'feed', parked: expect.any(Number) }]);
  });

  test.each([
    [['feed', '--until', '5'], 'add --no-swap'],
    [['feed', '--until', '999999', '--no-swap'], 'beyond the end of the log'],
    [['feed', '--until', 'yesterday', '--no-swap'], 'a position or an instant'],
    [['feed', '--until', '2026-11-25', '--no-swap'], 'a position or an instant'],
    [['nobody'], 'there is no projection nobody'],
    [[], 'specify a projection or all'],
    [['feed', '--rate', '0'], 'at least 1'],
    [['feed', '--on-error', 'ignore'], 'Allowed choices are stop, park'],
    [['feed', '--promote-at', '99'], '--promote-at and --against must be given together'],
    [['feed', '--promote-at', '101', '--against', 'x'], 'Must be a percentage'],
    [['feed', '--promote-at', '99', '--against', 'x', '--no-swap'], 'decides about the swap'],
    [['feed', '--promote-at', '99', '--against', 'http://localhost/feeds'], 'must contain {key}'],
    [['feed', '--rollback', '--dry-run'], 'cannot be combined'],
    [['feed', '--rollback', '--restart'], 'cannot be combined with build options'],
    [['feed', '--rollback', '--promote-at', '99'], 'cannot be combined with build options'],
    [['--list', '--rate', '5'], 'cannot be combined with build options'],
  ])('refuses %j as wrong use', async (words, reason) => {
    const before = contents();
    const { code, stderr } = await rebuild(...words);
    expect(code).toBe(2);
    expect(stderr).toContain('REQUEST_INVALID');
    expect(stderr).toContain(reason);
    expect(contents()).toEqual(before);
  });

  test('says that there is nothing to rebuild', async () => {
    const empty = join(data, 'empty');
    for (const words of ['rebuild feed', 'rebuild feed --rollback', 'rebuild --list', 'parked redrive --all']) {
      const { code, stderr } = await runCli(words.split(' '), { data: empty });
      expect([words, code, stderr]).toEqual([words, 1, expect.stringContaining('DATA_MISSING')]);
      expect(existsSync(empty)).toBe(false);
    }
  });
});
