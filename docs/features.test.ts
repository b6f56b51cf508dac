import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Step, stepsOf } from '../testing/documents/document-steps.ts';
import { readSourceTree } from '../tidy/source-tree.ts';
import { copyProject, type ProjectCopy, titleOf } from '../testing/documents/project-copy.ts';
import { differs } from '../testing/documents/readme-examples.ts';

// Performs the steps of features.md in order on a copy of the project, as a reader would.

const document = readFileSync(join(import.meta.dirname, 'features.md'), 'utf8');
const steps = stepsOf(document);
let copy: ProjectCopy;

beforeAll(() => void (copy = copyProject(readSourceTree(join(import.meta.dirname, '..')))));
afterAll(() => copy.remove());

const files = steps.filter((step): step is Extract<Step, { kind: 'file' }> => step.kind === 'file');

test('no block of the document is passed over', () => {
  const blocks = [...document.matchAll(/^```(\w+)$/gm)].map(([, language]) => language);
  expect(steps.filter(({ kind }) => kind !== 'command').length).toBe(blocks.filter((each) => each !== 'sh').length);
  expect(files.map(({ path }) => path.replace('features/new-followers/', '')).toSorted()).toEqual([
    'new-followers.test.ts',
    'projection.ts',
    'tables.ts',
  ]);
});

test.each(files.map(({ path, text }) => [path, text]))('%s is checked with the code of the project', (path, text) => {
  const source = readFileSync(join(import.meta.dirname, 'examples', path.replace('features/', '')), 'utf8');
  // A feature is one folder nearer to the root.
  expect(text).toBe(source.replaceAll("'../../../", "'../../"));
});

test.each(steps.map((step, index) => [index + 1, titleOf(step), step] as const))('%d: %s', async (_, __, step) => {
  if (step.kind !== 'command') copy.change(step);
  else {
    const { printed, code } = await copy.run(step.command);
    expect([printed, code]).toEqual([printed, 0]);
    expect(step.answer !== undefined && differs(printed, step.answer), printed).toBe(false);
  }
});

test('what comes of it compiles, and what the command writes as well', async () => {
  expect(await copy.run('./figtree new projection yubl-counts && npx vitest run features/yubl-counts')).toMatchObject({
    printed: expect.stringContaining('2 passed'),
    code: 0,
  });
  expect(await copy.run('./figtree new event picture-shared')).toMatchObject({ code: 0 });
  expect(await copy.run('node_modules/.bin/tsc')).toEqual({ printed: '', code: 0 });
  expect(
    await copy.run('npx oxfmt --check features events && npx oxlint --type-aware --deny-warnings features events'),
  ).toMatchObject({ code: 0 });
});

test.each([
  ['projection new-followers', 'there is a projection newfollowers already'],
  ['projection trending', 'there is a query trending already'],
  ['projection yubl-counts', 'there is a file features/yubl-counts/tables.ts already'],
  ['projection New', 'lower-case words'],
  ['projection class', 'a word of JavaScript'],
  ['projection log', 'cannot be the name of a projection'],
  ['event followed', 'there is an event followed already'],
  ['event ../picture', 'lower-case words'],
])('new %s is refused', async (words, reason) => {
  const { printed, code } = await copy.run(`./figtree new ${words}`);
  expect([printed, code]).toEqual([expect.stringContaining(reason), 2]);
});
