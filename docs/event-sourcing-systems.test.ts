import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { runCli } from '../testing/cli/cli-process.ts';

// Every claim of the page names its proof; this test checks that the proof exists.

const root = join(import.meta.dirname, '..');
const rows = readFileSync(join(import.meta.dirname, 'event-sourcing-systems.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!feature |---)/.test(line))
  .map((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    return { what: cells[1] ?? '', figtree: cells.at(-3) ?? '', proof: cells.at(-2) ?? '' };
  });

let help = '';
beforeAll(async () => {
  help = (await runCli(['--help'], { data: 'none' })).stdout;
});

test('the tables say of each row what Figtree does', () => {
  expect(rows.length).toBeGreaterThan(35);
  for (const { what, figtree } of rows) expect(figtree, what).toMatch(/^[●◐○]$/);
});

test.each(rows.map(({ what, figtree, proof }) => [what, figtree, proof] as const))(
  '%s: its proof exists',
  (_, figtree, proof) => {
    const named = [...proof.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    const files = named.filter((name) => /^[^/ ]+(\/|\.md$)/.test(name));
    const commands = named.filter((name) => name.startsWith('figtree '));
    for (const name of files) expect(existsSync(join(root, name)), name).toBe(true);
    for (const name of commands) expect(help).toMatch(new RegExp(`^  ${name.slice('figtree '.length)}\\b`, 'm'));
    // A feature that exists needs a test; for one that does not, a reason is enough.
    if (figtree === '●') expect(files.some((name) => /\.(test|test-d|contract)\.ts$/.test(name))).toBe(true);
    else expect(files.length + commands.length).toBeGreaterThan(0);
  },
);
