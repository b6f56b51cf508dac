import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ndjsonBatches, type NdjsonLimits } from './ndjson-lines.ts';
import type { IncomingItem } from './incoming-item.ts';

async function* streamOf(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

async function batchesOf(stream: AsyncIterable<Uint8Array>, limits?: Partial<NdjsonLimits>): Promise<IncomingItem[][]> {
  const batches: IncomingItem[][] = [];
  for await (const batch of ndjsonBatches(stream, limits)) batches.push(batch);
  return batches;
}

async function textsOf(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  return (await batchesOf(streamOf(...chunks))).flat().map(({ text }) => text);
}

describe('lines', () => {
  test.each([
    ['end with a line feed', 'a\nb\n', ['a', 'b']],
    ['may end with a carriage return as well', 'a\r\nb\r\n', ['a', 'b']],
    ['need no end at the end', 'a\nb', ['a', 'b']],
    ['that are blank are left out', '\n\na\n \t\n\r\n\nb\n\n', ['a', 'b']],
    ['come without a byte order mark', '\ufeffa\nb', ['a', 'b']],
    ['may be none', '', []],
    ['come without a byte order mark before any of them', '\ufeffa\r\n\ufeff\ufeffb\r\n\ufeff', ['a', 'b']],
    ['come without one behind them', 'a\ufeff\nb\ufeff\r\n', ['a', 'b']],
    ['keep one that stands between', 'a\ufeffb\n', ['a\ufeffb']],
    ['keep their other white space', ' a\n', [' a']],
  ])('%s', async (_, text, expected) => {
    expect(await textsOf(text)).toEqual(expected);
  });

  test('are the same however the stream is cut', async () => {
    const lines = fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, '')));
    const ends = fc.constantFrom('\n', '\r\n');
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(fc.record({ texts: lines, end: ends, cuts: sizes, mark: fc.boolean() }), async (sent) => {
        const { texts, end, cuts, mark } = sent;
        const bytes = Buffer.from(texts.map((text) => (mark ? '\ufeff' : '') + text).join(end));
        // The same buffer for every chunk, like a source that reads into its own memory.
        async function* cut() {
          const shared = new Uint8Array(9);
          for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
            const piece = bytes.subarray(start, (start += cuts[turn % cuts.length] ?? 1));
            shared.set(piece);
            yield shared.subarray(0, piece.length);
          }
        }
        const expected = texts.map((text) => text.replace(/^\ufeff+|\ufeff+$/g, ''));
        const found = (await batchesOf(cut())).flat().map(({ text }) => text);
        expect(found).toEqual(expected.filter((text) => text.trim() !== ''));
      }),
    );
  });

  test('of a chunk that is larger than all limits come out whole', async () => {
    const lines = Array.from({ length: 30_000 }, (_, index) => `line ${index} `.padEnd(40, 'x'));
    expect(await textsOf(lines.join('\n'))).toEqual(lines);
  });
});

describe('batches', () => {
  test('hold as many lines as they may', async () => {
    const batches = await batchesOf(streamOf('a\nb\nc\nd\ne\n'), { linesMax: 2 });
    expect(batches.map((batch) => batch.length)).toEqual([2, 2, 1]);
  });

  test('hold about as many bytes as they may', async () => {
    const line = `${'x'.repeat(99)}\n`;
    const chunks = Array.from({ length: 100 }, () => line);
    const batches = await batchesOf(streamOf(...chunks), { batchBytesMax: 1000 });
    expect(batches.map((batch) => batch.length)).toEqual(Array.from({ length: 10 }, () => 10));
  });
});

describe('a line that is not UTF-8', () => {
  test('is told from others that read alike, and from one that was really sent with the sign', async () => {
    const latin1 = (text: string) => Buffer.from(text, 'latin1');
    const file = Buffer.concat([latin1('caf\xe9\n'), Buffer.from('caf\ufffd\n'), latin1('caf\xe8\r\ncaf\xe9')]);
    const items = (await batchesOf(streamOf(file))).flat();
    expect(items.map(({ problem }) => problem?.code)).toEqual(['NOT_JSON', undefined, 'NOT_JSON', 'NOT_JSON']);
    const [first, , second, third] = items.map(({ fingerprint }) => fingerprint);
    expect(first).toBe(createHash('sha256').update(latin1('caf\xe9')).digest('hex'));
    expect(first).toBe(third);
    expect(second).not.toBe(first);
  });
});

describe('a line that is too long', () => {
  test('is an item with a problem, and the lines around it are whole', async () => {
    const long = 'x'.repeat(50);
    const [before, item, after] = (await batchesOf(streamOf(`a\n${long}\nb\n`), { lineBytesMax: 49 })).flat();
    expect([before, after]).toEqual([{ text: 'a' }, { text: 'b' }]);
    expect(item?.problem).toEqual({ code: 'LINE_TOO_LONG', message: 'The line has 50 bytes; at most 49 are accepted' });
    expect(item?.text).toBe(long);
  });

  test('is told from another that begins alike, however the source cuts it', async () => {
    const long = `${'x'.repeat(300_000)}ä`;
    const streams = [
      streamOf(`${long}1\n`),
      streamOf(`${long}2\n`),
      streamOf(long.slice(0, 250_000), `${long.slice(250_000)}1`),
    ];
    const fingerprints: (string | undefined)[] = [];
    for (const stream of streams) {
      for await (const items of ndjsonBatches(stream, { lineBytesMax: 1000 })) fingerprints.push(items[0]?.fingerprint);
    }
    const expected = (end: string) =>
      createHash('sha256')
        .update(long + end)
        .digest('hex');
    expect(fingerprints).toEqual([expected('1'), expected('2'), expected('1')]);
  });

  test('is measured in bytes, and one that just fits is taken', async () => {
    const items = (await batchesOf(streamOf('ää\nxxxx\n', 'äx', 'x\n'), { lineBytesMax: 4 })).flat();
    expect(items).toEqual([{ text: 'ää' }, { text: 'xxxx' }, { text: 'äxx' }]);
    const tooLong = (await batchesOf(streamOf('ääx\n', 'xä', 'ä'), { lineBytesMax: 4 })).flat();
    expect(tooLong.map(({ problem }) => problem?.code)).toEqual(['LINE_TOO_LONG', 'LINE_TOO_LONG']);
  });

  test('is never held whole, be it the last or not', async () => {
    const piece = Buffer.alloc(65_536, 'x');
    async function* endless(end: string) {
      yield Buffer.from('{"first":1}\n');
      for (let index = 0; index < 1600; index += 1) yield piece;
      yield Buffer.from(end);
    }
    for (const end of ['', '\n', '\n{"last":1}']) {
      const before = process.memoryUsage().arrayBuffers;
      let most = 0;
      const items: IncomingItem[] = [];
      for await (const batch of ndjsonBatches(endless(end), { linesMax: 1 })) {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
        items.push(...batch);
      }
      expect(items[1]?.problem?.message).toBe('The line has 104857600 bytes; at most 1048576 are accepted');
      expect(items[1]?.text.length).toBeGreaterThan(65_536);
      expect(items[1]?.text.length).toBeLessThan(300_000);
      expect(most).toBeLessThan(20 * 1024 * 1024);
      expect(items.length).toBe(end.length > 1 ? 3 : 2);
    }
  });
});

describe('bytes that are not UTF-8', () => {
  test('make a problem of their line alone', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a":"ä"}\n{"b":"'),
      Buffer.from([0xff, 0xc3]),
      Buffer.from('"}\n{"c":1}'),
    ]);
    const items = (await batchesOf(streamOf(bytes))).flat();
    expect(items.map(({ problem }) => problem?.code)).toEqual([undefined, 'NOT_JSON', undefined]);
    expect(items.map(({ text }) => text.slice(0, 4))).toEqual(['{"a"', '{"b"', '{"c"']);
  });

  test('never end the reading, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 })), async (chunks) => {
        const items = (await batchesOf(streamOf(...chunks), { lineBytesMax: 20 })).flat();
        for (const { text } of items) expect(text).not.toContain('\n');
      }),
    );
  });
});
