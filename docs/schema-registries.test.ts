import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { runCli } from '../testing/cli/cli-process.ts';

// Every claim of the page names its proof; this test checks that the proof exists.

const root = join(import.meta.dirname, '..');
const rows = readFileSync(join(import.meta.dirname, 'schema-registries.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!feature |---)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

let help = '';
beforeAll(async () => {
  help = (await runCli(['schema', '--help'], { data: 'none' })).stdout;
});

test('the table says of each row what Figtree does', () => {
  expect(rows.length).toBeGreaterThan(15);
  for (const cells of rows) expect(cells[8]).toMatch(/^[●◐○]$/);
});

test.each(rows.map((cells) => [cells[1] ?? '', cells[9] ?? '']))('%s: its proof exists', (_, proof) => {
  const named = [...proof.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  expect(named).not.toEqual([]);
  for (const name of named) {
    const command = /^figtree schema ([a-z]+)/.exec(name)?.[1];
    if (command === undefined) expect(existsSync(join(root, name)), name).toBe(true);
    else expect(help).toMatch(new RegExp(`^  ${command} `, 'm'));
  }
});
