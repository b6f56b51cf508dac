import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sampleEvent } from '../../../ports/contracts/sample-events.ts';
import type { ArchivedEvents, ArchivedRows } from '../../../ports/log-archive.ts';
import { openArchiveFolder } from './folder.ts';
import { restoreArchive } from './restoring.ts';
import { openArchiveSource } from './source.ts';
import { verifyArchive } from './verifying.ts';
import { writeArchive } from './writing.ts';
import { lockDataFolder } from '../files/data-folder.ts';
import { openLogFile } from '../log/log-file.ts';
import { projectionNames } from '../../../apps/projections/registry.ts';

// An archive made by an attacker, with correct digests and sizes: its content is not to be trusted.

const { signal } = new AbortController();
const onProgress = () => {};

let root: string;
const archive = () => join(root, 'archive');

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'figtree-hostile-'));
  const folder = lockDataFolder(join(root, 'data'));
  const file = openLogFile(folder.log);
  await file.log.append([sampleEvent(), sampleEvent()]);
  await file.quarantine.add([
    {
      door: 'events',
      origin: 'x',
      problem: { code: 'NOT_JSON', message: 'no' },
      raw: 'x',
      correlation: { causationid: 'c' },
    },
  ]);
  await file.close();
  folder.unlock();
  const source = await openArchiveSource(folder.path);
  await writeArchive({ ...source, archive: openArchiveFolder(archive()), signal, onProgress });
  source.close();
});
afterEach(() => rmSync(root, { recursive: true }));

type AnyFile = { -readonly [Key in keyof (ArchivedEvents & ArchivedRows)]: (ArchivedEvents & ArchivedRows)[Key] };
interface Manifest {
  bytes: number;
  files: AnyFile[];
  tables: { files: AnyFile[] };
}

/** Changes the manifest and keeps its checksum right. */
function changeManifest(change: (manifest: Manifest) => void): void {
  const path = join(archive(), 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  change(manifest);
  manifest.bytes = [...manifest.files, ...manifest.tables.files].reduce((sum, { bytes }) => sum + bytes, 0);
  writeFileSync(path, JSON.stringify(manifest));
}

function put(file: AnyFile, content: Buffer): void {
  writeFileSync(join(archive(), file.name), content);
  Object.assign(file, { bytes: content.length, sha256: hash('sha256', content) });
}

const events = ({ files: [file] }: Manifest) => file ?? expect.unreachable();
const rows = ({ tables: { files } }: Manifest) =>
  files.find(({ table }) => table === 'quarantine') ?? expect.unreachable();
const pathOf = (file: AnyFile) => join(archive(), file.name);

async function verify(): Promise<readonly { file: string; problem: string }[]> {
  return (await verifyArchive({ archive: openArchiveFolder(archive()), signal, onProgress })).faults;
}

async function restore() {
  const folder = lockDataFolder(join(root, 'restored'));
  try {
    return await restoreArchive({
      folder,
      archive: openArchiveFolder(archive()),
      projections: projectionNames,
      signal,
      onProgress,
    });
  } finally {
    folder.unlock();
  }
}

test('a sound archive is sound and is restored', async () => {
  expect(await verify()).toEqual([]);
  expect(await restore()).toMatchObject({ events: 2, quarantined: 1 });
});

const hostile: Readonly<Record<string, (manifest: Manifest) => void>> = {
  'a link': (manifest) => replaced(manifest, (path) => symlinkSync('/etc/passwd', path)),
  'a link to an endless device': (manifest) => replaced(manifest, (path) => symlinkSync('/dev/zero', path)),
  'a pipe': (manifest) => replaced(manifest, (path) => execFileSync('mkfifo', [path])),
  'larger than the manifest says': (manifest) => truncateSync(pathOf(events(manifest)), 3 * 2 ** 30),
  'larger than any file': (manifest) => {
    truncateSync(pathOf(events(manifest)), 2 ** 30);
    events(manifest).bytes = 2 ** 30;
  },
  'a bomb of zeros': (manifest) => put(events(manifest), gzipSync(Buffer.alloc(200 * 2 ** 20), { level: 9 })),
  'a bomb behind sound lines': (manifest) => {
    const lines = gunzipSync(readFileSync(pathOf(events(manifest))));
    put(events(manifest), gzipSync(Buffer.concat([lines, Buffer.alloc(200 * 2 ** 20, ' ')]), { level: 9 }));
  },
};

function replaced(manifest: Manifest, make: (path: string) => void): void {
  const path = pathOf(events(manifest));
  rmSync(path);
  make(path);
}

describe.skipIf(process.platform === 'win32')('a file of an archive is refused before it is read if it is', () => {
  test.each(Object.keys(hostile))('%s', async (name) => {
    changeManifest((manifest) => hostile[name]?.(manifest));
    expect(await verify()).toEqual([{ file: expect.stringMatching(/^events-/), problem: expect.any(String) }]);
    await expect(restore()).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  });

  test('the manifest itself, as a link, a pipe or of more bytes than any has', async () => {
    const path = join(archive(), 'manifest.json');
    for (const make of [
      () => symlinkSync('/dev/zero', path),
      () => execFileSync('mkfifo', [path]),
      () => (writeFileSync(path, ''), truncateSync(path, 3 * 2 ** 30)),
    ]) {
      rmSync(path);
      make();
      await expect(verify()).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
      await expect(restore()).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    }
  });
});

const changed = (change: (envelope: Record<string, unknown>) => Record<string, unknown>) => (line: string) =>
  JSON.stringify(change(JSON.parse(line) as Record<string, unknown>));
const withField = (name: string, value: unknown) => changed((envelope) => ({ ...envelope, [name]: value }));
const withData = (data: unknown) => withField('data', data);

describe('a line of an archive with a right digest is refused if it', () => {
  test.each<[string, (line: string) => string]>([
    ['is no JSON', () => '{"position":1,\u001b[2J,"data":{}}'],
    ['is nothing', () => ''],
    ['is a list', (line) => `[${line}]`],
    ['has no data', changed(({ data: _, ...envelope }) => envelope)],
    ['has data that is no object', withData('text')],
    ['has a list as data', withData([])],
    ['has data twice', (line) => `${line.slice(0, -1)},"data":{}}`],
    ['has no id', withField('id', '')],
    ['has a number as id', withField('id', 7)],
    ['has an endless source', withField('source', 'x'.repeat(1025))],
    ['has a type that is no name', withField('type', 'user-joined"; DROP TABLE event')],
    ['has the schema of another type', withField('dataschema', 'figtree:followed:1')],
    ['has no version', withField('dataschema', 'figtree:user-joined:0')],
    ['has no time', withField('time', 'yesterday')],
    ['was recorded at no time', withField('recordedtime', {})],
    ['has no partition key', withField('partitionkey', null)],
    ['has a sequence that is none', withField('sequence', '-1')],
    ['has an object as baggage', withField('baggage', { a: 1 })],
    ['stands for another position', withField('position', 3)],
    ['stands for no position', withField('position', '1')],
    ['is of another specification', withField('specversion', '0.3')],
  ])('%s', async (_title, change) => {
    changeManifest((manifest) => {
      const [first = '', ...rest] = gunzipSync(readFileSync(pathOf(events(manifest))))
        .toString()
        .split('\n');
      put(events(manifest), gzipSync([change(first), ...rest].join('\n')));
    });
    expect(await verify()).toMatchObject([{ file: expect.stringMatching(/^events-/) }]);
    await expect(restore()).rejects.toMatchObject({
      code: 'ARCHIVE_DAMAGED',
      message: expect.stringMatching(/events-/),
    });
  });

  test('names an event that another line names as well', async () => {
    changeManifest((manifest) => {
      const [first = ''] = gunzipSync(readFileSync(pathOf(events(manifest))))
        .toString()
        .split('\n');
      put(events(manifest), gzipSync(`${first}\n${withField('position', 2)(first)}\n`));
    });
    await expect(restore()).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  });
});

describe('a row of an archived table with a right digest is refused if it', () => {
  test.each<[string, (line: string) => string]>([
    ['is no JSON', () => '{'],
    ['is a text', () => '"x"'],
    ['has an object as a column', withField('raw', { $x: 1 })],
    ['has a fraction as a column', withField('at_ms', 1.5)],
    ['has a digest that is not hex', withField('digest', 'zz')],
    ['has no digest', withField('digest', null)],
    ['has a flow that is none', withField('correlation', '[')],
  ])('%s', async (_title, change) => {
    changeManifest((manifest) => {
      const [first = ''] = gunzipSync(readFileSync(pathOf(rows(manifest))))
        .toString()
        .split('\n');
      put(rows(manifest), gzipSync(`${change(first)}\n`));
    });
    expect(await verify()).toMatchObject([{ file: expect.stringMatching(/^quarantine-/) }]);
    await expect(restore()).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  });
});
