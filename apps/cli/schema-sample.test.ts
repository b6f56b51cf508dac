import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLogFile } from '../../adapters/embedded/log/log-file.ts';
import { catalog, eventTypes } from '../../events/catalog.ts';
import type { EventDefinition } from '../../events/define-event.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { sampleEvent } from '../../ports/contracts/sample-events.ts';
import { addSchemaSample } from './schema-sample-program.ts';
import { runCli } from '../../testing/cli/cli-process.ts';
import { capturedTerminal } from '../../testing/cli/captured-terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'figtree-sample-'));
const data = join(folder, 'data');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function sample(...words: string[]): Promise<string> {
  const { context, lines } = capturedTerminal({ json: words.includes('--json') });
  const program = new Command('figtree').version('1').enablePositionalOptions().exitOverride();
  addSchemaSample(program.command('schema'), context, async (act) => void (await act()));
  await program.parseAsync(['schema', 'sample', ...words], { from: 'user' });
  return lines.join('\n');
}

const parsed = (lines: string) => lines.split('\n').map((line): unknown => JSON.parse(line));

describe('generated samples', () => {
  test.each(eventTypes)('of %s are data of its current version, one a line', async (type) => {
    const definition = catalog[type] as EventDefinition;
    const lines = parsed(await sample(type, '--version', String(definition.version)));
    expect(lines.filter((each) => !definition.data.safeParse(each).success)).toEqual([]);
    expect(parsed(await sample(type))).toEqual(lines);
  });

  test('are as many as wanted, the same for the same seed and others for another', async () => {
    const three = await sample('yubl-posted', '--count', '3');
    expect(parsed(three)).toHaveLength(3);
    expect(await sample('yubl-posted', '--count', '3')).toBe(three);
    expect(await sample('yubl-posted', '--count', '3', '--seed', '2')).not.toBe(three);
  });

  test('are a document for the folder of frozen versions with --json', async () => {
    const { samples } = JSON.parse(await sample('user-left', '--json')) as { samples: Record<string, unknown>[] };
    expect(samples[0]).toEqual({ name: 'everything', origin: 'generated', data: { userId: expect.any(String) } });
  });

  test('hold nothing that a terminal obeys', async () => {
    // oxlint-disable-next-line no-control-regex -- finding control characters is what it is for
    expect(await sample('user-joined')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028]/);
  });

  test('are events that an import takes, and takes once, with --events', async () => {
    const lines = (await Promise.all(eventTypes.map((type) => sample(type, '--events')))).join('\n');
    const count = lines.split('\n').length;
    const imported = async () => {
      const { stdout } = await runCli(['import', '-', '--json'], { data: join(folder, 'imported'), input: lines });
      return JSON.parse(stdout) as object;
    };
    expect(await imported()).toMatchObject({ read: count, accepted: count, quarantined: 0, parked: 0 });
    expect(await imported()).toMatchObject({ read: count, accepted: 0, duplicates: count });
  });

  test.each([
    [['yubl-liked'], /yubl-liked is not an event of the catalog; choose user-joined/],
    [['user-left', '--version', '9'], /user-left has no v9; choose v1/],
  ])('%j is refused with what there is', async (words, reason) => {
    await expect(sample(...words)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringMatching(reason),
    });
  });
});

describe('samples of a log', () => {
  beforeAll(async () => {
    mkdirSync(data);
    const names = ['Lovelace', 'Lovelace-King', 'A', '\u{1f333}', 'Babbage'];
    const file = openLogFile(join(data, 'log.db'));
    const users = names.map((userName, at) => {
      const event = sampleEvent({ type: 'user-joined', key: at });
      return {
        ...event,
        data: { ...event.data, userName, ...(at === 4 && { firstName: 'Charles' }) },
      } as EventEnvelope;
    });
    await file.log.append([...users, sampleEvent({ type: 'followed' })]);
    await file.close();
  });

  test('differ in shape and are taken by the parser', async () => {
    const { samples } = JSON.parse(await sample('user-joined', '--from-log', data, '--json')) as {
      samples: { name: string; origin: string; data: { userName: string } }[];
    };
    expect(samples.length).toBeGreaterThanOrEqual(4);
    expect(
      samples.every(({ origin, data: each }) => origin === 'log' && catalog['user-joined'].safeParse(each).success),
    ).toBe(true);
    expect(samples.some(({ data: { userName } }) => /[\u{10000}-\u{10ffff}]/u.test(userName))).toBe(true);
  });

  test('come from a log.db as well, as many as wanted', async () => {
    expect(parsed(await sample('user-joined', '--from-log', join(data, 'log.db'), '--count', '2'))).toHaveLength(2);
  });

  test('are refused where there are none, with the versions that there are', async () => {
    await expect(sample('yubl-posted', '--from-log', data)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(sample('user-joined', '--from-log', join(folder, 'nothing'))).rejects.toMatchObject({
      code: 'DATA_MISSING',
    });
  });
});
