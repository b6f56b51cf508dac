import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build, type Metafile } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openKinesisStandIn } from '../../testing/aws/kinesis-stand-in.ts';
import { createStreamModel } from '../../testing/aws/kinesis-stream-model.ts';

// What a legacy service installs: one CommonJS file for Node 20 or newer, the oldest version that the AWS SDK supports.

const root = fileURLToPath(new URL('../../', import.meta.url));
const OLDEST_NODE = 20;
const OWN_BYTES_MAX = 32 * 1024;
const BYTES_MAX = 550 * 1024;

let folder: string;
let bundle: Metafile['outputs'][string];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-bundle-'));
  const { metafile } = await build({
    entryPoints: [join(root, 'producers/monolith/monolith-client.ts')],
    outfile: join(folder, 'monolith.cjs'),
    absWorkingDir: root,
    bundle: true,
    minify: true,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    target: `node${OLDEST_NODE}`,
  });
  const [output] = Object.values(metafile.outputs);
  if (output === undefined) throw new Error('no bundle was made');
  bundle = output;
});
afterAll(() => rmSync(folder, { recursive: true }));

const packageOf = (path: string) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];

test('holds the Kinesis client with what that needs, and no other package', () => {
  const packages = new Set(Object.keys(bundle.inputs).flatMap((path) => packageOf(path) ?? []));
  const needed = withDependencies('@aws-sdk/client-kinesis');
  expect([...packages].filter((name) => !needed.has(name))).toEqual([]);
  expect(packages).toContain('@aws-sdk/client-kinesis');
  expect(packages).not.toContain('zod');
});

test('is small, and next to nothing of it is Figtree', () => {
  const own = Object.entries(bundle.inputs).filter(([path]) => packageOf(path) === undefined);
  expect(own.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0)).toBeLessThan(OWN_BYTES_MAX);
  expect(bundle.bytes).toBeLessThan(BYTES_MAX);
});

test.each(nodesOfThisMachine())('is required and publishes in %s (%s)', async (_, node) => {
  const model = createStreamModel();
  const standIn = await openKinesisStandIn({ model });
  writeFileSync(join(folder, 'legacy.cjs'), LEGACY);
  try {
    await promisify(execFile)(node, [join(folder, 'legacy.cjs'), standIn.endpoint, join(folder, 'spool')]);
    const events = model.records().map(({ Data }) => JSON.parse(Buffer.from(Data, 'base64').toString()) as object);
    expect(events).toMatchObject([{ type: 'user-left', data: { userId: 'u1' }, correlationid: 'c1' }]);
  } finally {
    await standIn.close();
  }
});

const LEGACY = `
const { openMonolithClient } = require('./monolith.cjs');
const [endpoint, spoolFolder] = process.argv.slice(2);
const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
openMonolithClient({ stream: 'events', source: 'urn:legacy', region: 'us-east-1', endpoint, credentials, spoolFolder })
  .then(async (client) => {
    await client.withRequest({ 'x-correlation-id': 'c1' }, () =>
      client.publish({ type: 'user-left', data: { userId: 'u1' } }));
    await client.close();
  });
`;

/** The names of a package and of all its dependencies, resolved as Node does. */
function withDependencies(name: string, from = root, found = new Map<string, string>()): Map<string, string> {
  const folders = from
    .split('/node_modules/')
    .map((_, depth, parts) => parts.slice(0, depth + 1).join('/node_modules/'));
  const place = folders.findLast((each) => existsSync(join(each, 'node_modules', name)));
  if (place === undefined || found.get(name) === place) return found;
  found.set(name, place);
  const own = join(place, 'node_modules', name);
  const { dependencies = {} } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const dependency of Object.keys(dependencies)) withDependencies(dependency, own, found);
  return found;
}

/** Every suitable Node: the project's own, and others on the machine. */
function nodesOfThisMachine(): [version: string, path: string][] {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = [process.execPath, ...folders.map((each) => join(each, 'node'))].filter((path) => existsSync(path));
  const versions = [...new Set(paths.map((path) => realpathSync(path)))].map((path): [string, string] => [
    execFileSync(path, ['--version'], { encoding: 'utf8' }).trim(),
    path,
  ]);
  return versions.filter(([version]) => Number(/^v(\d+)/.exec(version)?.[1]) >= OLDEST_NODE);
}
