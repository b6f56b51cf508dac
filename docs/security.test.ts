import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

// Every guarantee on the page names the tests that prove it; this test checks that they exist under these titles.

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(import.meta.dirname, 'security.md'), 'utf8');
const threats = page.slice(page.indexOf('## Threats'), page.indexOf('## What is not guaranteed'));
const rows = threats
  .split('\n')
  .filter((line) => /^\| (?!threat |---)/.test(line))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()));

test('the table has a threat, the defense and its tests in each line', () => {
  expect(rows.length).toBeGreaterThan(20);
  for (const cells of rows) expect(cells, cells[0]).toHaveLength(3);
});

test.each(rows.map(([threat = '', , tests = '']) => [threat, tests]))('%s: its tests exist', (_threat, tests) => {
  const named = [...tests.matchAll(/`([^`]+\.test\.ts)` "([^"]+)"/g)];
  expect(named.length).toBe(tests.split('; ').length);
  for (const [, path = '', title = ''] of named) {
    expect(existsSync(join(root, path)), path).toBe(true);
    expect(
      titlesIn(readFileSync(join(root, path), 'utf8')).some((each) => each.includes(title)),
      title,
    ).toBe(true);
  }
});

/** The titles of a file's tests: the first argument of each call, as in the source. */
function titlesIn(source: string): string[] {
  return [
    ...source.matchAll(/\(\s*(['`])((?:\\.|(?!\1).)+)\1,\s*(?:async )?\(|\(\s*(['`])((?:\\.|(?!\3).)+)\3,\s*\{/g),
  ].map(([, , title, , other]) => title ?? other ?? '');
}
