import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, runCli, startCli } from '../../testing/cli/cli-process.ts';
import { smallHistory } from '../../testing/cli/legacy-lines.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'figtree-demo-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// The facts of the sample are listed in samples/README.md and tested there against the file itself.
test('the sample is imported, shown and served; a second run finds everything there', async () => {
  const data = join(folder, 'data');
  const first = await runCli(['demo', '--exit'], { data });
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(/^Imported 16,712 legacy changes into /);
  for (const [label, count] of [
    ['users', '1,169'],
    ['follows', '1,707'],
    ['yubls', '13,836'],
    ['feed entries', '48,742'],
  ]) {
    expect(first.stdout).toMatch(new RegExp(`^ +${label} +${count}$`, 'm'));
  }
  expect(first.stdout).toMatch(/Most followed\n.* 32 followers\n/);
  // oxlint-disable-next-line no-control-regex -- no colours where there is no terminal
  expect(first.stdout).not.toMatch(/\u001b/);
  expect(
    Math.max(
      ...first.stdout
        .split('\n')
        .slice(1)
        .map((line) => line.length),
    ),
  ).toBeLessThanOrEqual(80);

  const second = startCli(['demo'], { data });
  const url = await eventually(second, () => /Listening on (http:\S+)/.exec(second.stdout())?.[1]);
  expect(second.stdout()).toMatch(/^Nothing new: all 16,712 changes are already in /);
  const curls = [...second.stdout().matchAll(/^ {2}curl -s '?([^'\n]+)'?$/gm)].flatMap(([, address]) => address ?? []);
  expect(curls.length).toBeGreaterThan(5);
  const answered = curls.filter((address) => !address.endsWith('/events/stream'));
  for (const address of answered) {
    const answer = (await (await fetch(address)).json()) as { code?: unknown; items?: unknown[] };
    expect([address, answer.code, answer.items?.length === 0]).toEqual([address, undefined, false]);
  }
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[0-9]+$/);
  second.child.kill('SIGINT');
  expect(await second.result).toMatchObject({ code: 0, stderr: '' });
});

test('a user’s own data is left alone', async () => {
  const data = join(folder, 'own');
  await runCli(['import', '-'], { data, input: smallHistory(1).join('\n') });
  const { code, stderr } = await runCli(['demo', '--exit'], { data });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^CONFIG_INVALID: FIGTREE_DATA is .*, which contains data other than the demo's/);
});
