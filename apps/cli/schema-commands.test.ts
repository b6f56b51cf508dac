import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineEvent } from '../../events/define-event.ts';
import { planFreezing, type AnyDefinition } from '../../schema-registry/check/freezing.ts';
import type { PastVersion } from '../../schema-registry/past-version.ts';
import { writeFrozen } from './commands/schema-freeze.ts';
import { readRegistryFolder, REGISTRY_ROOT } from '../schema-files/registry-folder.ts';
import { sha256Of } from '../schema-files/registry-json.ts';
import { runCli } from '../../testing/cli/cli-process.ts';

const root = mkdtempSync(join(tmpdir(), 'figtree-schema-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

// A copy of the project's own registry, which each test may damage.
let folder: string;
let copies = 0;
beforeEach(() => {
  folder = join(root, String((copies += 1)));
  for (const part of ['frozen', 'subscribers.json', 'waivers.json'])
    cpSync(join(REGISTRY_ROOT, part), join(folder, part), { recursive: true });
});

const run = (...words: string[]) => runCli(['schema', ...words], { data: join(root, 'no-data') });
const checkCopy = (...words: string[]) => run('check', '--folder', folder, ...words);

interface Report {
  ok: boolean;
  findings: { rule: string; file: string; path: string; message: string; remedy: string }[];
}
async function findings(...words: string[]) {
  const { code, stdout } = await checkCopy('--json', ...words);
  return { code, findings: (JSON.parse(stdout) as Report).findings };
}

test('the catalog of this project is green, against what is committed as well', async () => {
  const { code, stdout, stderr } = await run('check');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/Green: [0-9]+ events, [0-9]+ frozen versions/);
});

interface Sample {
  name: string;
  origin: string;
  data: object;
}
function changeSamples(version: string, change: (samples: Sample[]) => Sample[]): void {
  const file = join(folder, 'frozen', `${version}.samples.json`);
  const { samples } = JSON.parse(readFileSync(file, 'utf8')) as { samples: Sample[] };
  // Formatted differently from freeze's output, which is no edit.
  writeFileSync(file, JSON.stringify({ samples: change(samples) }));
}
const withOneMore = ([first, ...more]: Sample[]) =>
  first === undefined ? [] : [first, ...more, { ...first, name: 'by hand', origin: 'hand' }];

describe('freeze', () => {
  test('locks the samples that were added by hand, which are allowed before and kept after', async () => {
    changeSamples('followed/1', withOneMore);
    expect((await checkCopy()).code).toBe(0);
    const added = await run('freeze', '--folder', folder);
    expect(added).toMatchObject({ code: 0, stdout: 'locked  1 new sample of followed 1\n' });
    expect((await checkCopy()).code).toBe(0);
    changeSamples('followed/1', (samples) => samples.slice(0, -1));
    const found = await findings();
    expect(found).toMatchObject({ code: 1, findings: [{ rule: 'SAMPLES_MISSING', path: 'samples.by hand' }] });
    const refused = await run('freeze', '--folder', folder);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('lacks the sample "by hand"') });
  });

  test('locks every sample that it writes', () => {
    const { frozen, lock } = readRegistryFolder();
    const names = frozen.flatMap(({ frozen: { type, version }, samples }) =>
      samples.map(({ name }) => `${type}/${version}.samples.json ${name}`),
    );
    const locked = Object.entries(lock).flatMap(([file, entry]) =>
      typeof entry === 'string' ? [] : Object.keys(entry).map((name) => `${file} ${name}`),
    );
    expect(locked.toSorted()).toEqual(names.toSorted());
  });

  test('has nothing to do where everything is frozen', async () => {
    expect(await run('freeze', '--folder', folder)).toMatchObject({
      code: 0,
      stdout: 'Everything is already frozen.\n',
    });
  });

  test('writes what the project has into an empty folder, and that is green', async () => {
    folder = join(root, 'empty');
    const { code, stdout } = await run('freeze', '--folder', folder, '--json');
    expect(code).toBe(0);
    const { written } = JSON.parse(stdout) as { written: { type: string; version: number }[] };
    const own = readRegistryFolder();
    expect(written.map(({ type, version }) => `${type} ${version}`).toSorted()).toEqual(
      own.frozen.map(({ frozen }) => `${frozen.type} ${frozen.version}`).toSorted(),
    );
    expect((await checkCopy()).code).toBe(0);
  });

  test('reports where it cannot write', async () => {
    const { code, stderr } = await run('freeze', '--folder', join(folder, 'waivers.json'));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^FILE_UNWRITABLE: /) });
  });

  test('keeps the older version when the next is frozen', () => {
    const fields = { id: z.string() };
    const made = (version: number, data: z.ZodObject) =>
      defineEvent({
        type: 'paid',
        version,
        owner: 'shop',
        summary: 'Somebody paid.',
        data,
        subject: () => 'a',
        partitionKey: () => 'a',
        examples: [{ id: 'a' }],
      }) as unknown as AnyDefinition;
    const [first, second] = [made(1, z.object(fields)), made(2, z.object({ ...fields, note: z.string().optional() }))];
    const past = [{ ...first, upcast: () => [] }] as unknown as PastVersion[];
    const freeze = (definition: AnyDefinition, pastVersions: PastVersion[] = []) => {
      const { frozen, lock } = readRegistryFolder(folder);
      const { writes, refusals } = planFreezing({
        definitions: [definition],
        pastVersions,
        frozen,
        today: '2026-01-01',
      });
      writeFrozen(folder, writes, lock);
      return { wrote: writes.map((write) => write.frozen.version), refusals: refusals.map(({ message }) => message) };
    };
    expect(freeze(first)).toEqual({ wrote: [1], refusals: [] });
    const kept = readFileSync(join(folder, 'frozen/paid/1.json'), 'utf8');
    expect(freeze(made(1, z.object({ id: z.int() })))).toEqual({
      wrote: [],
      refusals: [expect.stringMatching(/TYPE_CHANGED at id.*raise `version` to 2 in events\/paid.ts/)],
    });
    expect(freeze(second, past)).toEqual({ wrote: [2], refusals: [] });
    expect(freeze(second, past)).toEqual({ wrote: [], refusals: [] });
    expect(readFileSync(join(folder, 'frozen/paid/1.json'), 'utf8')).toBe(kept);
    expect(readdirSync(join(folder, 'frozen/paid'))).toEqual(['1.json', '1.samples.json', '2.json', '2.samples.json']);
    expect(freeze(made(4, z.object(fields)), past).refusals).toEqual([
      expect.stringContaining('paid 3 was never frozen'),
    ]);
    expect(freeze(first).refusals).toEqual([expect.stringContaining('a version never goes back')]);
  });
});

describe('damage is reported with file, path and remedy', () => {
  const edit = (file: string, change: (text: string) => string) =>
    writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));

  test('a frozen file that was edited', async () => {
    edit('frozen/followed/1.json', (text) => text.replace('"required": true', '"required": false'));
    const found = await findings();
    expect(found.code).toBe(1);
    expect(found.findings).toContainEqual(
      expect.objectContaining({
        rule: 'FROZEN_EDITED',
        file: 'schema-registry/frozen/followed/1.json',
        path: 'canonical',
        remedy: expect.stringContaining('figtree schema freeze'),
      }),
    );
    const failed = await run('freeze', '--folder', folder);
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^SCHEMA_DAMAGED: frozen\/followed\/1.json/),
    });
  });

  test.each<[string, () => void, [rule: string, file: string, path?: string]]>([
    ['is gone', () => rmSync(join(folder, 'frozen/followed/1.json')), ['FROZEN_MISSING', 'frozen/followed/1.json']],
    ['is no JSON', () => edit('frozen/followed/1.json', () => '{'), ['FROZEN_UNREADABLE', 'frozen/followed/1.json']],
    [
      'lacks a part',
      () => edit('frozen/followed/1.json', (text) => text.replace('"zod":', '"zot":')),
      ['FROZEN_UNREADABLE', 'frozen/followed/1.json'],
    ],
    [
      'has no samples',
      () => rmSync(join(folder, 'frozen/followed/1.samples.json')),
      ['SAMPLES_MISSING', 'frozen/followed/1.samples.json'],
    ],
    [
      'has an empty list of samples',
      () => edit('frozen/followed/1.samples.json', () => '{"samples":[]}'),
      ['SAMPLES_MISSING', 'frozen/followed/1.samples.json'],
    ],
    [
      'lacks a sample that is locked',
      () => changeSamples('followed/1', (samples) => samples.filter(({ name }) => name !== 'everything')),
      ['SAMPLES_MISSING', 'frozen/followed/1.samples.json', 'samples.everything'],
    ],
    [
      'has another sample than is locked',
      () => changeSamples('followed/1', (samples) => samples.map((each) => ({ ...each, data: { a: 1 } }))),
      ['SAMPLES_EDITED', 'frozen/followed/1.samples.json', 'samples.everything'],
    ],
    [
      'has two samples of one name',
      () => changeSamples('followed/1', (samples) => [...samples, ...samples.slice(0, 1)]),
      ['SAMPLES_EDITED', 'frozen/followed/1.samples.json', 'samples.example 1'],
    ],
    [
      'has a sample of another form',
      () => edit('frozen/followed/1.samples.json', (text) => text.replace('hand', 'head')),
      ['FILE_UNREADABLE', 'frozen/followed/1.samples.json'],
    ],
    [
      'stands beside bad subscribers',
      () => edit('subscribers.json', () => '[{"name":"a"}]'),
      ['FILE_UNREADABLE', 'subscribers.json'],
    ],
    [
      'stands beside bad waivers',
      () => edit('waivers.json', () => '[{"rule":"a","expires":"soon"}]'),
      ['FILE_UNREADABLE', 'waivers.json'],
    ],
  ])('a version that %s', async (_, damage, [rule, file, path]) => {
    damage();
    const found = await findings();
    expect(found.code).toBe(1);
    const mine = found.findings.find((finding) => finding.rule === rule && (!path || finding.path === path));
    expect(mine).toMatchObject({ file: `schema-registry/${file}`, remedy: expect.stringMatching(/\w/) });
  });
});

describe('against a state in git', () => {
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-C', folder, ...words], {
      stdio: 'ignore',
    });
  const commit = () => {
    git('init');
    git('add', '-A');
    git('commit', '-m', 'frozen');
  };

  test('an edit is seen although the lock was edited with it', async () => {
    commit();
    expect((await checkCopy('--against', 'HEAD')).code).toBe(0);
    const file = join(folder, 'frozen/followed/1.json');
    const lock = join(folder, 'frozen/lock.json');
    const before = readFileSync(file, 'utf8');
    const after = before.replace(/"frozenOn": "[0-9-]+"/, '"frozenOn": "2001-01-01"');
    writeFileSync(file, after);
    writeFileSync(lock, readFileSync(lock, 'utf8').replace(sha256Of(before), sha256Of(after)));
    // Considered alone it is valid.
    expect((await checkCopy()).code).toBe(0);
    const found = await findings('--against', 'HEAD');
    expect(found.findings.map(({ rule, file }) => [rule, file])).toEqual([
      ['FROZEN_EDITED', 'schema-registry/frozen/followed/1.json'],
    ]);
  });

  test('samples that were locked are missed although the lock forgot them', async () => {
    commit();
    const lock = join(folder, 'frozen/lock.json');
    const { 'followed/1.samples.json': _, ...others } = JSON.parse(readFileSync(lock, 'utf8')) as Record<
      string,
      unknown
    >;
    writeFileSync(lock, JSON.stringify(others));
    changeSamples('followed/1', (samples) => samples.filter(({ name }) => name !== 'everything'));
    changeSamples('followed/1', ([first, ...more]) => [{ ...(first as Sample), origin: 'log' }, ...more]);
    expect((await checkCopy()).code).toBe(0);
    const { findings: found } = await findings('--against', 'HEAD');
    const file = 'schema-registry/frozen/followed/1.samples.json';
    expect(new Set(found.map((finding) => [finding.rule, finding.file, finding.path]))).toEqual(
      new Set([
        ['SAMPLES_EDITED', file, 'samples.example 1'],
        ['SAMPLES_MISSING', file, 'samples.everything'],
      ]),
    );
    rmSync(join(folder, 'frozen/followed/1.samples.json'));
    const gone = await findings('--against', 'HEAD');
    expect(gone.findings).toContainEqual(expect.objectContaining({ remedy: expect.stringContaining('from git') }));
  });

  test('a version that no longer exists is missed', async () => {
    commit();
    rmSync(join(folder, 'frozen/followed'), { recursive: true });
    const lock = join(folder, 'frozen/lock.json');
    writeFileSync(lock, readFileSync(lock, 'utf8').replace(/ {2}"followed\/1.json".*\n/, ''));
    const found = await findings('--against', 'HEAD');
    expect(found.findings.map(({ rule }) => rule)).toContain('FROZEN_MISSING');
  });

  test('a state that git does not know is wrong use', async () => {
    commit();
    for (const ref of ['nowhere', '--output=x']) {
      const { code, stderr } = await checkCopy(`--against=${ref}`);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^REQUEST_INVALID: --against/) });
    }
  });
});

test('annotations name the file and the rule', async () => {
  writeFileSync(join(folder, 'subscribers.json'), '[{"name":"mails","owner":"mails","reads":{"followed":9}}]');
  const { code, stdout } = await checkCopy('--github');
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^::error file=schema-registry\/subscribers\.json,title=SUBSCRIBER_VERSION_UNKNOWN::mails is declared to read version 9/,
  );
  expect(stdout).toMatch(/1 failure: /);
  const both = await checkCopy('--github', '--json');
  expect(JSON.parse(both.stdout)).toMatchObject({ ok: false });
  expect(both.stderr).toMatch(/^::error file=schema-registry\/subscribers\.json,/);
});

test('a folder that is not there, or is a file, is wrong use', async () => {
  for (const path of [join(root, 'nowhere'), join(folder, 'waivers.json')]) {
    const { code, stderr } = await run('check', '--folder', path);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`${path}: there is no such folder`) });
  }
});

describe('diff', () => {
  test('of what has not changed says so', async () => {
    expect(await run('diff', 'followed')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^followed 1 → .*: no change\.\n$/),
    });
  });

  test.each([
    [['diff', 'liked'], /liked is not an event of the catalog; choose user-joined/],
    [['diff', 'followed', '--from', '9'], /followed 9 is not frozen; frozen versions: 1/],
    [['diff', 'followed', '--from', 'one'], /Must be a whole number/],
    [['check', '--bogus'], /unknown option/],
  ])('%j is wrong use', async (words, reason) => {
    const { code, stdout, stderr } = await run(...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(reason);
  });
});

test('every command has help with an example', async () => {
  for (const words of [[], ['check'], ['freeze'], ['diff']]) {
    const { code, stdout } = await run(...words, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Example:\n +figtree schema /);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  }
});
