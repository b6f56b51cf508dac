import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsUnderTest } from '../aws/emulated.ts';

// Test runs within a test, on machines that lack something, and one that is killed.

const ROOT = join(import.meta.dirname, '../..');
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const ARGUMENTS = [VITEST, 'run', '-c', 'vitest.aws.config.ts', 'testing/aws/emulators.aws.test.ts'];
const { JAVA_HOME: _java, AWS_ENDPOINT_URL: _endpoint, AWS_ACCESS_KEY_ID: _key, ...shell } = process.env;

// The outer run's environment is not passed on.
const aws = awsUnderTest('dynamodb');

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figtree-starting-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A run on a machine whose only programs are in `folder`. */
async function testRun(environment: Record<string, string>): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: { ...shell, PATH: folder, VITEST: '', ...environment } };
    const child = execFile(process.execPath, ARGUMENTS, options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: `${stdout}${stderr}` }),
    );
  });
}

describe('A machine without Python and Java', () => {
  test('skips its tests, says so in a line for each server, and passes, in CI as well', async () => {
    const { code, output } = await testRun({ CI: 'true' });
    expect(output).toMatch(/^test:aws: MiniStack \(.*\) is skipped: there is no Python 3 with venv$/m);
    expect(output).toMatch(/^test:aws: OpenSearch is skipped: there is no Java of version 17 or later$/m);
    expect(code).toBe(0);
  });
});

describe('A machine whose Python cannot install', () => {
  beforeAll(async () => {
    const python = join(folder, 'python3');
    await writeFile(python, '#!/bin/sh\nif [ "$1" = -c ]; then echo 3.99; else echo no such disk >&2; exit 1; fi\n');
    await chmod(python, 0o755);
  });
  afterAll(() => rm(join(folder, 'python3')));

  test('skips its tests with what went wrong', async () => {
    const { code, output } = await testRun({ CI: '' });
    expect(output).toMatch(/^test:aws: MiniStack \(.*\) is skipped: python3 -m: no such disk$/m);
    expect(code).toBe(0);
  });

  test('fails in CI', async () => {
    const { code, output } = await testRun({ CI: 'true' });
    expect(output).toContain('MiniStack is not there: python3 -m: no such disk');
    expect(code).toBe(1);
  });
});

describe.skipIf(aws.skipReason ?? aws.engine !== 'MiniStack')('A run that is killed', () => {
  test('leaves no server and no folder behind', async () => {
    const script = join(folder, 'killed.ts');
    const [python, server] = ['python-packages.ts', 'python-servers.ts'].map((name) => join(import.meta.dirname, name));
    await writeFile(
      script,
      `import { mkdirSync } from 'node:fs';
       import { pythonWithPackages } from ${JSON.stringify(python)};
       import { miniStack } from ${JSON.stringify(server)};
       import { startServer } from ${JSON.stringify(join(import.meta.dirname, 'server-process.ts'))};
       const folder = ${JSON.stringify(join(folder, 'run'))};
       mkdirSync(folder);
       const server = await startServer(await miniStack((await pythonWithPackages())!, folder), folder);
       process.stdout.write(server.endpoint);
       setInterval(() => undefined, 1000);`,
    );
    const child = spawn(process.execPath, ['--no-warnings', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const health = () => fetch(`${said.toString()}/_ministack/health`).then(({ status }) => status);
    expect(await health()).toBe(200);
    child.kill('SIGKILL');
    await expect.poll(() => health().catch(() => 'gone'), { timeout: 60_000 }).toBe('gone');
    await expect.poll(() => readdir(folder), { timeout: 60_000 }).not.toContain('run');
  });
});
