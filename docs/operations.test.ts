import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { badStates } from '../acceptance/operations/bad-states.ts';
import { operatorPlace } from '../acceptance/operations/operator-place.ts';
import { runCli } from '../testing/cli/cli-process.ts';
import { differs, examplesOf } from '../testing/documents/readme-examples.ts';

// Each section of operations.md: its state is brought about on a copy of the shipped sample, then its commands run in
// order as an operator would type them.

const document = readFileSync(join(import.meta.dirname, 'operations.md'), 'utf8');
const sections = document
  .split(/^## /m)
  .slice(1)
  .map((section) => ({ title: section.slice(0, section.indexOf('\n')), examples: examplesOf(section) }))
  // acceptance/aws/operations.aws.test.ts covers it.
  .filter(({ title }) => title !== 'On AWS');

const SAMPLE = join(import.meta.dirname, '../samples/irc-2016.changes.ndjson.gz');
let sound: string;

beforeAll(async () => {
  sound = mkdtempSync(join(tmpdir(), 'figtree-sound-'));
  const { code, stderr } = await runCli(['import', SAMPLE], { data: sound });
  expect([code, stderr]).toEqual([0, '']);
});
afterAll(() => rmSync(sound, { recursive: true, force: true }));

test('every section has a state and commands, and the table leads to every one', () => {
  expect(sections.map(({ title }) => title).toSorted()).toEqual(Object.keys(badStates).toSorted());
  for (const { title, examples } of sections) {
    expect(examples, title).not.toEqual([]);
    const link = `](#${title.toLowerCase().replaceAll(' ', '-')})`;
    if (title !== 'Look first') expect(document.includes(link), title).toBe(true);
  }
});

// How the text of a failed command is recognised.
const FAILS = /^[A-Z]+_[A-Z_]+: |failed again|^Nothing was changed|^ +match +(?!100 %)\d/m;

describe.concurrent('the commands of', () => {
  const named = sections.map(({ title, examples }) => {
    const { notMade } = badStates[title] ?? {};
    return [notMade === undefined ? title : `${title} (the state is not made: ${notMade})`, title, examples] as const;
  });
  test.each(named)('%s', async (_, title, examples) => {
    const state = badStates[title];
    const place = operatorPlace(sound);
    try {
      await state?.prepare(place);
      for (const example of examples) {
        const { command, answer } = example;
        state?.before?.[command]?.(place);
        const { printed, code } = await place.try(example);
        const shown = answer !== undefined && differs(printed, answer) && printed !== state?.orElse?.[command];
        expect(shown, `${command}\n${printed}`).toBe(false);
        expect(code === 0, `${command}\nended with ${code}\n${printed}`).toBe(!FAILS.test(printed));
      }
    } finally {
      await place.leave();
    }
  });
});
