import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stepsOf } from '../testing/documents/document-steps.ts';
import { readSourceTree } from '../tidy/source-tree.ts';
import { copyProject, type ProjectCopy, titleOf } from '../testing/documents/project-copy.ts';
import { differs } from '../testing/documents/readme-examples.ts';

// Performs the steps of schema-evolution.md in order on a copy of the project, as a reader would.

const document = readFileSync(join(import.meta.dirname, 'schema-evolution.md'), 'utf8');
const steps = stepsOf(document);
let copy: ProjectCopy;

beforeAll(() => void (copy = copyProject(readSourceTree(join(import.meta.dirname, '..')))));
afterAll(() => copy.remove());

test('no block of the document is passed over', () => {
  const blocks = [...document.matchAll(/^```(\w+)$/gm)].map(([, language]) => language);
  expect(new Set(blocks)).toEqual(new Set(['ts', 'json', 'diff', 'sh']));
  expect(steps.filter(({ kind }) => kind !== 'command').length).toBe(blocks.filter((each) => each !== 'sh').length);
});

test.each(steps.map((step, index) => [index + 1, titleOf(step), step] as const))('%d: %s', async (_, __, step) => {
  if (step.kind !== 'command') copy.change(step);
  else {
    const { printed, code } = await copy.run(step.command);
    // A check with findings fails; every other command in the document must succeed.
    expect([printed, code]).toEqual([printed, step.answer?.includes('FAILS') === true ? 1 : 0]);
    expect(step.answer !== undefined && differs(printed, step.answer), printed).toBe(false);
  }
});

test('what comes of it compiles, but for the tests that want an example of each event', async () => {
  const faults = (await copy.run('node_modules/.bin/tsc')).printed.split('\n');
  const places = faults.filter((line) => /^\S/.test(line)).map((line) => line.split('(')[0]);
  expect(
    places.filter((place) => /picture-shared|^schema-registry|^apps|^events\/catalog\.ts/.test(place ?? '')),
  ).toEqual([]);
});
