import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, runCli, startCli, type CliProcess } from '../../testing/cli/cli-process.ts';
import { objectId, smallHistory } from '../../testing/cli/legacy-lines.ts';

// The commands that inspect projections: parity, explain, read. User 1 posts; 2 and 3 follow. One folder is the legacy
// system, served by another Figtree; the other lacks its newest yubl.
const YUBLS = 60;
const [poster, reader] = [objectId(1), objectId(2)];
const yubl = (number: number) => objectId(10_000 + number);
const newest = yubl(YUBLS - 1);

let folder: string;
let legacy: string;
let data: string;
let serving: CliProcess;
let url: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-looking-'));
  [legacy, data] = [join(folder, 'legacy'), join(folder, 'data')];
  const history = smallHistory(YUBLS);
  await Promise.all([
    runCli(['import', '-'], { data: legacy, input: history.join('\n') }),
    runCli(['import', '-'], { data, input: history.slice(0, -1).join('\n') }),
  ]);
  serving = startCli(['serve'], { data: legacy });
  url = await eventually(serving, () => /http:\/\/127\.0\.0\.1:[0-9]+/.exec(serving.stdout())?.[0]);
});
afterAll(async () => {
  serving.child.kill('SIGTERM');
  await serving.result;
  rmSync(folder, { recursive: true, force: true });
});

const run = (words: readonly string[], from = data) => runCli(words, { data: from });
const document = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe('parity', () => {
  test('with the system itself, while it is served, is complete', async () => {
    for (const [projection, path] of [
      ['feed', 'feeds/{key}'],
      ['relationships', 'users/{key}'],
      ['relationships', 'users/{key}/followers'],
      ['search', 'search/yubls?q={key}'],
      ['notifications', 'users/{key}/notifications'],
    ] as const) {
      const { code, stdout } = await run(['parity', projection, '--against', `${url}/${path}`, '--json'], legacy);
      expect({ code, ...document(stdout) }).toMatchObject({ code: 0, holds: true, matchPercent: 100, differences: [] });
    }
  });

  test('finds what is missing, shows the events behind it, and ends with 1', async () => {
    const words = ['parity', 'feed', '--against', `${url}/feeds/{key}`];
    const { code, stdout, stderr } = await run([...words, '--limit', '1']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/compared +3 keys, 1 match\n +match +33\.333 %\n +different +missing-here 2 \(keys\)/);
    expect(stdout).toContain(`theirs  ${newest}`);
    expect(stdout).toContain(`${newest}  not in the feed: the log contains no such yubl`);
    expect((await run([...words, '--at', '33'])).code).toBe(0);
  });

  test('with an export of its own, and with a sample of it', async () => {
    const path = join(folder, 'export.ndjson');
    const answers = await Promise.all([1, 2, 3].map((user) => run(['read', 'feed', objectId(user), '--json'])));
    const lines = answers.map(({ stdout }, index) => {
      const { items } = document(stdout)['answer'] as { items: object[] };
      return JSON.stringify({ userId: objectId(index + 1), items });
    });
    writeFileSync(path, lines.join('\n'));
    const { code, stdout } = await run(['parity', 'feed', '--against', path, '--newest', '50', '--json']);
    expect({ code, ...document(stdout) }).toMatchObject({ code: 0, keys: 3, matching: 3 });
    const sampled = await run(['parity', 'feed', '--against', path, '--newest', '50', '--sample', '2', '--seed', '7']);
    expect(sampled.code).toBe(0);
    expect(sampled.stdout).toMatch(/sample +2, seed 7\n +compared +2 keys, 2 match/);
  });

  test.each([
    [['parity', 'feed'], /--against/],
    [['parity', 'graph', '--against', 'x'], /Allowed choices are feed/],
    [['parity', 'feed', '--against', 'http://localhost/'], /\{key\}/],
    [['parity', 'feed', '--against', 'x', '--at', '101'], /Must be between 0 and 100/],
    [['explain', 'feed', 'a', 'b', 'c'], /at most two IDs/],
    [['explain', 'trending-tags', 'a'], /Allowed choices are feed.*\(did you mean trendingtags\?\)/],
    [['explain', 'trending', 'a'], /\(did you mean trendingtags\?\)/],
    [['rebuild', 'Trending'], /there is no projection Trending: choose feed/],
    [['rebuild', 'trending-tags'], /\(did you mean trendingtags\?\)/],
    [['read', 'trending'], /: trending needs: day\./],
    [['read', 'trending', '2016-02-22', 'figs'], /: trending needs: day\./],
    [['read', 'trending', '2016-02-22', '--with', 'day=1'], /no optional parameter day: it has none/],
    [['read', 'trending', '2016-02-22', '--with', 'day'], /Must be like name=value/],
    [['read', 'feed'], /feed needs one key/],
    [['read', 'feed', 'a', 'b'], /feed needs one key/],
    [['read', 'feed', 'a', '--with', 'b=c'], /feed has no optional parameter b/],
    [['read', 'trendingtags', 'a'], /Allowed choices are feed.*\(did you mean trending\?\)/],
  ])('%j is wrong use', async (words, reason) => {
    const { code, stdout, stderr } = await run(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(reason);
  });
});

describe('explain', () => {
  test('explains why a yubl is in a feed, with the flows', async () => {
    const { code, stdout } = await run(['explain', 'feed', reader, yubl(0)]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/in the feed because followed at .* \(position 4\) and posted at .* \(position 6\)/);
    const flow = /#6 .* trace (\S+)/.exec(stdout)?.[1] ?? '';
    expect((await run(['trace', flow])).stdout).toContain('#6');
  });

  test('explains why one is not, and why a feed is empty', async () => {
    const { stdout } = await run(['explain', 'feed', poster, yubl(0), '--json']);
    expect(document(stdout)).toMatchObject({ explanations: [{ there: false, reason: 'own', asTheLogSays: true }] });
    expect((await run(['explain', 'feed', poster])).stdout).toContain(
      'The feed is empty: the user has never followed anyone.',
    );
    expect((await run(['explain', 'feed', reader, '--limit', '2'])).stdout.match(/in the feed/g)).toHaveLength(2);
  });

  test('explains who follows whom, both ways and for a whole user', async () => {
    const { stdout } = await run(['explain', 'relationships', reader, poster]);
    expect(stdout).toContain(`${reader} → ${poster} follows: followed at`);
    expect(stdout).toContain(`${poster} → ${reader} does not follow: no follow between the two was recorded`);
    expect((await run(['explain', 'relationships', poster])).stdout.match(/follows: followed at/g)).toHaveLength(2);
  });

  test.each([
    ['user_2', 'joined', reader],
    ['yubl number 3', 'posted', yubl(3)],
    [reader, 'joined', reader],
    [yubl(3), 'posted', yubl(3)],
    [newest, 'never-joined', newest],
  ])('explains why %s is found: %s', async (what, reason, id) => {
    const { stdout } = await run(['explain', 'search', what, '--json']);
    expect(document(stdout)).toMatchObject({ explanations: [{ id, reason, asTheLogSays: true }] });
  });
});

describe('read', () => {
  test.each([
    [['feed', reader, '--limit', '2'], `feeds/${reader}?limit=2`],
    [['yubl', yubl(1)], `yubls/${yubl(1)}`],
    [['followers', poster], `users/${poster}/followers`],
    [['following', reader], `users/${reader}/following`],
    [['search-users', 'user'], 'search/users?q=user'],
    [['search-yubls', 'number 7'], 'search/yubls?q=number%207'],
    [['trending', '2023-11-14'], 'trending/2023-11-14'],
  ])('%j answers what the API does', async (words, path) => {
    const { code, stdout } = await run(['read', ...words, '--json'], legacy);
    const response = await fetch(`${url}/${path}`);
    expect(code).toBe(0);
    expect(document(stdout)['answer']).toEqual(await response.json());
  });

  test('prints text as well, with the position of the file', async () => {
    expect((await run(['read', 'user', reader])).stdout).toMatch(/position 64, .*relationships\.db\n[^]*user_2/);
    expect((await run(['read', 'feed', poster])).stdout).toContain('nothing');
    const { code, stderr } = await run(['read', 'yubl', newest]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^NOT_FOUND: there is no yubl .* at position 64/);
  });

  test('answers from a build that is not live', async () => {
    copyFileSync(join(legacy, 'feed.db'), join(data, 'feed-past.db'));
    const words = ['read', 'yubl', newest, '--build', 'feed-past.db', '--json'];
    expect(document((await run(words)).stdout)).toMatchObject({ answer: { yublId: newest } });
    expect((await run([...words.slice(0, -2), 'feed-none.db'])).stderr).toMatch(/^NOT_FOUND: there is no build/);
    const wrong = await run(['read', 'user', reader, '--build', 'feed-past.db']);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('not a readable build of relationships') });
  });
});
