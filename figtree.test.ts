import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

// The launcher alone, in a folder of its own, with a Node that tells how it was called.

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'figtree launcher ')));
  copyFileSync(join(import.meta.dirname, 'figtree'), join(root, 'figtree'));
});

afterEach(() => rmSync(root, { recursive: true }));

function installNode(script: string): void {
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  const node = join(root, 'node_modules/.bin/node');
  writeFileSync(node, `#!/bin/sh\n${script}\n`);
  chmodSync(node, 0o755);
}

function run(path: string, ...given: string[]) {
  const { status, signal, stdout, stderr } = spawnSync(path, given, { encoding: 'utf8', cwd: tmpdir() });
  return { status, signal, lines: stdout.split('\n').slice(0, -1), stderr };
}

test('without npm ci it says so and ends with 2', () => {
  const { status, stderr } = run(join(root, 'figtree'), 'status');
  expect(status).toBe(2);
  expect(stderr).toMatch(/run `npm ci`/);
});

test('arguments and exit code pass through, spaces and all', () => {
  installNode('printf "%s\\n" "$@"; exit 7');
  const { status, lines } = run(join(root, 'figtree'), 'import', 'a b.ndjson', '', '--json');
  expect(lines.slice(lines.indexOf(join(root, 'apps/cli/main.ts')) + 1)).toEqual([
    'import',
    'a b.ndjson',
    '',
    '--json',
  ]);
  expect(lines).toContain(join(root, 'apps/cli/main.ts'));
  expect(status).toBe(7);
});

test('it finds its folder through a link to a link, one of them relative', () => {
  installNode('printf "%s\\n" "$@"');
  mkdirSync(join(root, 'bin'));
  symlinkSync('../figtree', join(root, 'bin/relative'));
  symlinkSync(join(root, 'bin/relative'), join(root, 'absolute'));
  expect(run(join(root, 'absolute')).lines.at(-1)).toBe(join(root, 'apps/cli/main.ts'));
});

test('a signal to it is a signal to Node', () => {
  // The launcher has become Node: the process that started it is ours, and it dies of the signal itself.
  installNode('kill -TERM $$');
  expect(run(join(root, 'figtree')).signal).toBe('SIGTERM');
});

test('a chosen cache of compiled code is kept, also none', () => {
  installNode('echo "$NODE_COMPILE_CACHE"');
  const cacheOf = (environment: Record<string, string>) =>
    spawnSync(join(root, 'figtree'), { encoding: 'utf8', env: { PATH: process.env['PATH'], ...environment } }).stdout;
  expect(cacheOf({})).toBe(`${join(root, 'node_modules/.cache/node')}\n`);
  expect(cacheOf({ NODE_COMPILE_CACHE: '/elsewhere' })).toBe('/elsewhere\n');
  expect(cacheOf({ NODE_COMPILE_CACHE: '' })).toBe('\n');
});
