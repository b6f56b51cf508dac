import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../testing/cli/cli-process.ts';
import { differs, examplesOf } from '../testing/documents/readme-examples.ts';

// The commands of parity.md, in order, on one data folder.

const examples = examplesOf(readFileSync(join(import.meta.dirname, 'parity.md'), 'utf8'));
let data: string;
beforeAll(() => void (data = mkdtempSync(join(tmpdir(), 'figtree-parity-doc-'))));
afterAll(() => rmSync(data, { recursive: true, force: true }));

test.each(examples.map(({ command, answer }) => [command, answer] as const))('%s', async (command, answer) => {
  const [program, ...words] = command.split(' ');
  expect(program).toBe('./figtree');
  const { stdout, stderr } = await runCli(words, { data });
  expect(stderr).not.toMatch(/^[A-Z_]+: /m);
  if (answer !== undefined && differs(stdout, answer)) expect(stdout).toBe(answer);
});
