import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from './apps/config.ts';
import { BODY_BYTES_MAX } from './apps/server/body.ts';
import { NDJSON_LIMITS } from './producers/ndjson-lines.ts';
import { type Example, answerOf, differs, examplesOf } from './testing/documents/readme-examples.ts';

// The README's examples, run from top to bottom as a reader would run them, against the demo.

const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
const launcher = join(import.meta.dirname, 'figtree');
const SET_UP = ['npm ci && npm run demo', 'npm cit'];

const examples = examplesOf(readme);
// What the commands write where they are typed goes there too.
const folder = mkdtempSync(join(tmpdir(), 'figtree-readme-'));
const data = join(folder, 'data');
const environment = { PATH: process.env['PATH'], FIGTREE_DATA: data, PORT: '0', NO_COLOR: '1' };
let demo: ChildProcess;
let url: string;

beforeAll(async () => {
  demo = spawn(launcher, ['demo'], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  url = await new Promise<string>((resolve, reject) => {
    let printed = '';
    demo.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const listening = /Listening on (http:\S+)/.exec(printed)?.[1];
      if (listening !== undefined) resolve(listening);
    });
    demo.once('exit', (code) => reject(new Error(`the demo ended with ${code} after:\n${printed}`)));
  });
}, 120_000);

afterAll(async () => {
  const ended = new Promise<number | null>((resolve) => demo.once('exit', resolve));
  demo.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true });
});

describe('the examples of the README', () => {
  test('are found, and none of its curl commands stands elsewhere', () => {
    const commands = examples.map(({ command }) => command);
    expect(commands).toEqual(expect.arrayContaining(SET_UP));
    expect(commands.filter((command) => command.startsWith('curl ')).length).toBe(readme.split('curl -').length - 1);
  });

  const runnable = examples.filter(({ command }) => !SET_UP.includes(command));
  test.each(runnable.map((example) => [example.command.split('\n')[0], example] as const))('%s', async (_, example) => {
    const answer = await run(example);
    expect(example.answer !== undefined && differs(answer, example.answer), answer).toBe(false);
  });
});

async function run({ command, answer }: Example): Promise<string> {
  if (command.startsWith('curl ')) return answerOf(command, { from: 'localhost:4000', to: url }, answer);
  const words = command.split(' ');
  expect(words[0]).toBe('./figtree');
  return (await promisify(execFile)(launcher, words.slice(1), { cwd: folder, env: environment })).stdout;
}

describe('the facts of the README', () => {
  test('its table of variables has those that are read, with their defaults', () => {
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (?:`(.*)`)? ?\|/gm)];
    const source = readFileSync(join(import.meta.dirname, 'apps/config.ts'), 'utf8');
    const ofFeatures = readdirSync(join(import.meta.dirname, 'features')).map((feature) =>
      readFileSync(join(import.meta.dirname, 'features', feature, 'tables.ts'), 'utf8'),
    );
    const read = [source, ...ofFeatures].flatMap((text) =>
      [...text.matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name),
    );
    expect(rows.map(([, name]) => name)).toEqual(expect.arrayContaining(read));
    expect(rows).toHaveLength(read.length);
    const said = Object.fromEntries(
      rows.flatMap(([, name = '', value]) => (value === undefined ? [] : [[name, value]])),
    );
    // What the table says is what one gets without saying it.
    expect(parseConfig(said)).toEqual(parseConfig({}));
  });

  test('its limits are those of the code', () => {
    expect(readme).toContain(`A body has at most ${BODY_BYTES_MAX / 2 ** 20} MiB`);
    expect(readme).toContain(`a line ${NDJSON_LIMITS.lineBytesMax / 2 ** 20} MiB`);
  });
});
