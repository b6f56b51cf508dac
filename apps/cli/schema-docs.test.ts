import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventTypes } from '../../events/catalog.ts';
import { catalogFiles } from '../catalog-site/catalog-files.ts';
import { currentSources } from '../catalog-site/current-sources.ts';
import { writeDocuments } from './documents-folder.ts';
import { currentCode } from '../../schema-registry/stored-reading.ts';
import { deriveLineage } from '../embedded/catalog/lineage.ts';
import { runCli } from '../../testing/cli/cli-process.ts';

let folder: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-docs-'));
  out = join(folder, 'deep', 'catalog');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (...words: string[]) => runCli(['schema', 'docs', ...words], { data: join(folder, 'none') });

/** Paths of all files below a folder, with forward slashes. */
function filesIn(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .toSorted();
}

describe('schema docs', () => {
  test('writes what the server shows, and says where it begins', async () => {
    const { code, stdout, stderr } = await run('--out', out);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const files = await catalogFiles(currentSources(await deriveLineage(currentCode)));
    expect(stdout).toBe(`${files.size} files about ${eventTypes.length} events. Open ${join(out, 'index.html')}\n`);
    expect(filesIn(out)).toEqual([...files.keys(), 'contents.json'].toSorted());
    for (const [path, text] of files) expect(readFileSync(join(out, path), 'utf8')).toBe(text);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });

  test('says the same as one JSON document', async () => {
    const { code, stdout } = await run('--out', out, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      folder: out,
      start: join(out, 'index.html'),
      events: eventTypes.length,
      files: filesIn(out).length - 1,
    });
  });

  test('refuses a folder that holds something else, and leaves it as it is', async () => {
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, 'thesis.txt'), 'mine');
    const { code, stderr } = await run('--out', out);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^REQUEST_INVALID: .*catalog contains other files: choose an empty folder/);
    expect(filesIn(out)).toEqual(['thesis.txt']);
  });

  test('reports where it cannot write', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const { code, stderr } = await run('--out', join(file, 'catalog'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^FILE_UNWRITABLE: .*a-file.*catalog cannot be written/);
  });

  // A folder in which nothing can be created, and where the error is ENOENT.
  test.runIf(existsSync('/proc/self'))('ends where nothing can be made', async () => {
    const { code, stderr } = await run('--out', '/proc/figtree/catalog');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^FILE_UNWRITABLE: \/proc\/figtree\/catalog cannot be written/);
  });
});

describe('a folder of documents', () => {
  test('removes what is no longer written, and keeps other files beside it', () => {
    writeDocuments(
      out,
      new Map([
        ['a/old.html', '1'],
        ['b.html', '1'],
      ]),
    );
    writeFileSync(join(out, 'CNAME'), 'figs.example');
    writeDocuments(
      out,
      new Map([
        ['b.html', '2'],
        ['c.html', '2'],
      ]),
    );
    expect(filesIn(out)).toEqual(['CNAME', 'b.html', 'c.html', 'contents.json']);
    expect(readFileSync(join(out, 'b.html'), 'utf8')).toBe('2');
  });

  test.each(['../victim', '/victim', 'a/../../victim', ''])('never removes %j, even if it is in its list', (path) => {
    const victim = join(folder, 'deep', 'victim');
    writeDocuments(out, new Map([['b.html', '1']]));
    writeFileSync(victim, 'mine');
    const list = { writtenBy: 'figtree schema docs', files: [path] };
    writeFileSync(join(out, 'contents.json'), JSON.stringify(list));
    expect(() => writeDocuments(out, new Map())).toThrow(/outside the folder/);
    expect(existsSync(victim)).toBe(true);
  });
});
