import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openImportSource } from './import-source.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'figtree-source-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = Array.from({ length: 60_000 }, (_, line) => `line ${line} ${line ** 3}\n`).join('');

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The text that could be read, and the error that ended it. */
async function readAll(path: string): Promise<{ text: string; error?: unknown }> {
  const parts: Uint8Array[] = [];
  const taken = () => Buffer.concat(parts).toString();
  try {
    const source = await openImportSource(path);
    for await (const part of source.bytes) parts.push(part);
    return { text: taken() };
  } catch (error) {
    return { text: taken(), error };
  }
}

test('gzip is recognised by what it begins with, not by the name', async () => {
  expect(await readAll(file('plain.ndjson', text))).toEqual({ text });
  expect(await readAll(file('really-plain.gz', text))).toEqual({ text });
  expect(await readAll(file('zipped.ndjson', gzipSync(text)))).toEqual({ text });
  // Two concatenated gzip files are one.
  const twice = Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]);
  expect(await readAll(file('twice', twice))).toEqual({ text: 'one\ntwo\n' });
});

test('a file of one byte and an empty one are what they are', async () => {
  expect(await readAll(file('one', '{'))).toEqual({ text: '{' });
  expect(await readAll(file('half-a-magic', new Uint8Array([0x1f])))).toEqual({ text: '\u001f' });
  expect(await readAll(file('none', ''))).toEqual({ text: '' });
});

test.each([0.3, 0.9])('of a gzip file that is cut off at %f its whole beginning is given first', async (share) => {
  const zipped = gzipSync(text);
  const cut = await readAll(file('cut.gz', zipped.subarray(0, Math.floor(zipped.length * share))));
  expect(cut.error).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining('cut off') });
  expect(text.startsWith(cut.text)).toBe(true);
  expect(cut.text.length).toBeGreaterThan(text.length * share * 0.5);
});

test('a damaged gzip file says so', async () => {
  const zipped = Buffer.from(gzipSync(text));
  zipped.fill(0xff, zipped.length / 2, zipped.length / 2 + 100);
  const { error } = await readAll(file('damaged.gz', zipped));
  expect(error).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining('damaged') });
});

test('what cannot be opened says why', async () => {
  const missing = await readAll(join(folder, 'missing'));
  expect(missing.error).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining('no such file') });
  const isFolder = await readAll(folder);
  expect(isFolder.error).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining('is a folder') });
});

test('the bytes of a file are counted as they are read, those of a pipe have no total', async () => {
  const zipped = gzipSync(text);
  const source = await openImportSource(file('counted.gz', zipped));
  expect([source.bytesRead(), source.bytesTotal]).toEqual([0, zipped.length]);
  for await (const _ of source.bytes);
  expect(source.bytesRead()).toBe(zipped.length);

  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const [piped] = await Promise.all([
    openImportSource(pipe),
    import('node:fs/promises').then((fs) => fs.writeFile(pipe, 'a\n')),
  ]);
  expect(piped.bytesTotal).toBeUndefined();
  const parts: Uint8Array[] = [];
  for await (const part of piped.bytes) parts.push(part);
  expect(Buffer.concat(parts).toString()).toBe('a\n');
});

test.each(['utf16le', 'utf-16be', 'utf-32le', 'utf-32be'])(
  '%s is refused with what to do, with a mark or without',
  async (encoding) => {
    for (const line of ['\ufeff{"a":1}\n', '{"a":1}\n']) {
      const bytes = Buffer.from(
        Array.from(line).flatMap((sign) => {
          const code = sign.codePointAt(0) ?? 0;
          const big = encoding.startsWith('utf-32') ? [0, 0, code >> 8, code & 0xff] : [code >> 8, code & 0xff];
          return encoding.endsWith('le') ? big.toReversed() : big;
        }),
      );
      for (const content of [bytes, gzipSync(bytes)]) {
        const { text: read, error } = await readAll(file(encoding, content));
        expect(read).toBe('');
        expect(error).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining('iconv') });
      }
    }
  },
);
