import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import { FigtreeError } from '../../events/errors.ts';
import { failureOf, printFailure } from './failure.ts';
import type { Terminal } from './terminal.ts';

function recordingTerminal() {
  const [printed, noted]: [string[], string[]] = [[], []];
  const plain = pc.createColors(false);
  const terminal: Terminal = {
    print: async (line) => void printed.push(line),
    note: (line) => void noted.push(line),
    colors: plain,
    noteColors: plain,
    columns: undefined,
    interactive: false,
  };
  return { terminal, printed, noted };
}

async function told(error: unknown, json: boolean) {
  const { terminal, printed, noted } = recordingTerminal();
  await printFailure(failureOf(error), terminal, json);
  return { printed, noted };
}

describe('exit codes', () => {
  test.each([
    ['REQUEST_INVALID', 2],
    ['CONFIG_INVALID', 2],
    ['AUTH_REQUIRED', 2],
    ['DATA_IN_USE', 1],
    ['NOT_FOUND', 1],
    ['FILE_UNREADABLE', 1],
  ] as const)('%s ends with %d', (code, exitCode) => {
    expect(failureOf(new FigtreeError(code, 'why')).exitCode).toBe(exitCode);
  });

  test('an unexpected error ends with 1 as INTERNAL', () => {
    expect(failureOf(new TypeError('x is not a function'))).toMatchObject({ code: 'INTERNAL', exitCode: 1 });
    expect(failureOf('thrown text')).toMatchObject({ code: 'INTERNAL', message: 'thrown text', exitCode: 1 });
  });
});

test('a person gets one line with code, message and remedy, and no stack', async () => {
  const { noted, printed } = await told(
    new FigtreeError('DATA_IN_USE', 'process 7 writes .figtree\n(since noon).'),
    false,
  );
  expect(noted).toEqual([
    'DATA_IN_USE: process 7 writes .figtree (since noon). Send the request to the server that is using it (see /openapi.json), stop that process, or set FIGTREE_DATA to another folder.',
  ]);
  expect(printed).toEqual([]);
});

test('what helps with a data folder is not said of an installation on AWS', () => {
  for (const code of [
    'STORAGE_FAILED',
    'REBUILD_RUNNING',
    'REBUILD_STOPPED',
    'SWAP_REFUSED',
    'ARCHIVE_DAMAGED',
  ] as const) {
    const { remedy } = failureOf(new FigtreeError(code, 'why'), { onAws: true });
    expect(remedy, code).not.toMatch(/folder|disk|--list|--on-error park|figtree (?!aws)/i);
    expect(remedy, code).not.toBe(failureOf(new FigtreeError(code, 'why')).remedy);
  }
  expect(failureOf(new FigtreeError('CONFIG_INVALID', 'why'), { onAws: true })).toEqual({
    ...failureOf(new FigtreeError('CONFIG_INVALID', 'why')),
    stack: expect.any(String),
  });
});

test('a program gets one JSON document as well', async () => {
  const { noted, printed } = await told(new FigtreeError('NOT_FOUND', 'nothing there', { id: 7 }), true);
  expect(noted).toEqual(['NOT_FOUND: nothing there.']);
  expect(printed.map((line) => JSON.parse(line))).toEqual([
    { code: 'NOT_FOUND', message: 'nothing there', details: { id: 7 } },
  ]);
});

test('a user’s input cannot control their terminal', async () => {
  const { noted } = await told(new FigtreeError('REQUEST_INVALID', '--type \u001b[31mred is no event'), false);
  expect(noted[0]).toMatch(/^REQUEST_INVALID: --type \ufffd\[31mred is no event\./);
});

test('a busy port names the way out', async () => {
  const busy = Object.assign(new Error('listen EADDRINUSE'), {
    code: 'EADDRINUSE',
    syscall: 'listen',
    address: '127.0.0.1',
    port: 4000,
  });
  expect((await told(busy, false)).noted).toEqual([
    'ADDRESS_UNAVAILABLE: 127.0.0.1:4000 is in use. Set PORT=0 for a free port, or PORT to another number.',
  ]);
});

test('what a rebuild would mend names its command', () => {
  const outdated = new FigtreeError('REQUEST_INVALID', 'it has version 1', { rebuild: 'feed' });
  expect(failureOf(outdated).remedy).toBe('rebuild it: figtree rebuild feed');
});
