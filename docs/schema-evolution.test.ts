import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSourceTree } from '../tidy/source-tree.ts';
import { edited, type Step, stepsOf } from './examples/document-steps.ts';
import { differs } from './examples/readme-examples.ts';

// Performs the steps of schema-evolution.md in order on a copy of the project, as a reader would.

const root = join(import.meta.dirname, '..');
const document = readFileSync(join(import.meta.dirname, 'schema-evolution.md'), 'utf8');
const steps = stepsOf(document);
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'figtree-evolution-'));
  for (const [path, text] of readSourceTree(root)) write(path, text);
  chmodSync(join(copy, 'figtree'), 0o755);
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(copy, path)), { recursive: true });
  writeFileSync(join(copy, path), text);
}

const title = (step: Step) => (step.kind === 'command' ? step.command : `${step.kind} ${step.path}`);

test('no block of the document is passed over', () => {
  const blocks = [...document.matchAll(/^```(\w+)$/gm)].map(([, language]) => language);
  expect(new Set(blocks)).toEqual(new Set(['ts', 'json', 'diff', 'sh']));
  expect(steps.filter(({ kind }) => kind !== 'command').length).toBe(blocks.filter((each) => each !== 'sh').length);
});

test.each(steps.map((step, index) => [index + 1, title(step), step] as const))('%d: %s', async (_, __, step) => {
  if (step.kind === 'file') write(step.path, step.text);
  else if (step.kind === 'edit') write(step.path, edited(readFileSync(join(copy, step.path), 'utf8'), step.lines));
  else {
    const { printed, code } = await run(step.command);
    // A check with findings fails; every other command in the document must succeed.
    expect([printed, code]).toEqual([printed, step.answer?.includes('FAILS') === true ? 1 : 0]);
    expect(step.answer !== undefined && differs(printed, step.answer), printed).toBe(false);
  }
});

test('what comes of it compiles, but for the tests that want an example of each event', async () => {
  const faults = (await run('node_modules/.bin/tsc')).printed.split('\n');
  const places = faults.filter((line) => /^\S/.test(line)).map((line) => line.split('(')[0]);
  expect(
    places.filter((place) => /picture-shared|^schema-registry|^apps|^events\/catalog\.ts/.test(place ?? '')),
  ).toEqual([]);
});

async function run(command: string): Promise<{ readonly printed: string; readonly code: number }> {
  const env = { PATH: process.env['PATH'], HOME: copy, NO_COLOR: '1' };
  const { stdout, stderr, code } = await promisify(execFile)('sh', ['-c', command], { cwd: copy, env }).then(
    (ended) => ({ ...ended, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => error,
  );
  return { printed: stdout + stderr, code };
}
