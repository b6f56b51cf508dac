import * as fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { randomRuns } from '../ports/contracts/random-runs.ts';
import { isFigtreeError } from '../events/errors.ts';
import { bodyItems } from './body-items.ts';
import { BODY_ITEMS_MAX, SLICE_BYTES, SLICE_ITEMS, SLICE_VALUES } from './body-limits.ts';
import { bodySlices } from './body-slices.ts';
import { trimmedText } from './byte-order-mark.ts';
import { ITEM_BYTES_MAX, ITEM_VALUES_MAX, valuesIn } from './item-limits.ts';
import type { IncomingItem } from './incoming-item.ts';

const MIB = 1024 * 1024;
const noTurn = () => Promise.resolve();

async function slicesOf(body: string | Buffer, options?: { wholeBytesMax?: number }): Promise<IncomingItem[][]> {
  const slices: IncomingItem[][] = [];
  for await (const slice of bodySlices(Buffer.from(body), noTurn, options)) slices.push(slice);
  return slices;
}

/** The content of an item: its value, or its text if it is not JSON. */
function said({ text, value }: IncomingItem): unknown {
  if (value !== undefined) return { value };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { text };
  }
}

async function codesOf(body: string | Buffer): Promise<(string | undefined)[]> {
  return (await slicesOf(body)).flat().map(({ problem }) => problem?.code);
}

async function refusalOf(body: string): Promise<string | undefined> {
  try {
    await slicesOf(body);
    return undefined;
  } catch (error) {
    return isFigtreeError(error) ? error.code : String(error);
  }
}

const padding = ' '.repeat(70_000);
const array = (count: number, element: string) => `[${Array(count).fill(element).join(',')}]`;
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('a large body', () => {
  // A body of any size has the same items as a small one, which is parsed whole.
  const line = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
    fc.constantFrom(
      '{"a":1}',
      '{"a":1},',
      '[',
      ']',
      '[{"a":1},',
      '{',
      '}',
      '{"a":',
      '"',
      '',
      ' ',
      'hello',
      '[1,,2]',
      '[1,]',
    ),
  );
  const bodies = fc.oneof(
    fc
      .array(line, { maxLength: 6 })
      .chain((lines) => fc.constantFrom('\n', '\r\n', ',', '').map((by) => lines.join(by))),
    fc.array(line, { maxLength: 6 }).map((lines) => `[${lines.join(',')}]`),
    fc.jsonValue().map((value) => JSON.stringify(value, undefined, 2)),
    fc
      .array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), { minLength: 1 })
      .map((all) => JSON.stringify(all)),
  );

  test('has the items that a small one has', async () => {
    const check = fc.asyncProperty(bodies, async (body) => {
      const found = (await slicesOf(body, { wholeBytesMax: 0 })).flat();
      expect(found.map(said)).toEqual(bodyItems(body.toWellFormed()).map(said));
    });
    await fc.assert(check, { numRuns: randomRuns(400) });
  });

  // Bytes that are not UTF-8, and whitespace that JSON does not allow, at the ends and around lines.
  const ends = fc.constantFrom(
    '',
    '',
    ' ',
    '\n',
    '\ufeff',
    '\ufeff\ufeff',
    '\u00a0',
    '\u2028\n',
    '\u3000\t',
    '\ufeff \n\ufeff',
  );
  const broken = fc.option(fc.nat(), { freq: 2 });
  const oddBodies = fc
    .tuple(ends, bodies, ends, bodies, ends, broken)
    .map(([before, one, between, other, after, at]) => {
      const bytes = Buffer.from([before, one, between, other, after].join('').toWellFormed());
      if (at !== null && bytes.length > 0) bytes[at % bytes.length] = 0xff;
      return bytes;
    });

  test('has the verdicts that a small one has, whatever bytes are at its ends or broken', async () => {
    const verdicts = (slices: IncomingItem[][]) =>
      slices.flat().map((item) => (item.problem === undefined ? said(item) : { refused: item.text }));
    const check = fc.asyncProperty(oddBodies, async (body) => {
      const [large, small] = await Promise.all([slicesOf(body, { wholeBytesMax: 0 }), slicesOf(body)]);
      // A broken array is detected in different places.
      const isArray = trimmedText(body)[0] === 0x5b;
      const texts = (slices: IncomingItem[][]) => slices.flat().map(({ text }) => text);
      expect(isArray ? texts(large) : verdicts(large)).toEqual(isArray ? texts(small) : verdicts(small));
    });
    await fc.assert(check, { numRuns: randomRuns(400) });
  });

  test('has blanks at its ends where String.trim finds them', () => {
    for (let code = 0; code < 0x1_0000; code += 1) {
      const blank = String.fromCharCode(code).toWellFormed();
      const text = `${blank}${blank}x${blank}x${blank}`;
      expect(Buffer.from(trimmedText(Buffer.from(text))).toString()).toBe(text.trim());
      if (blank.trim() === '') expect(trimmedText(Buffer.from(blank + blank))).toHaveLength(0);
    }
  });

  test('of lines loses those that are not UTF-8, and no other, however few there are', async () => {
    const lines = Buffer.from('{"x":"\ufffd"}\n{"a":1}~\n{"b":"~"}');
    for (let at = lines.indexOf('~'); at >= 0; at = lines.indexOf('~')) lines[at] = 0xff;
    expect(await codesOf(lines)).toEqual([undefined, 'NOT_JSON', 'NOT_JSON']);
    expect(await codesOf(Buffer.concat([lines, Buffer.from(`\n${padding}`)]))).toEqual([
      undefined,
      'NOT_JSON',
      'NOT_JSON',
    ]);
  });

  test.each([
    ['an array', `[${padding}{"a":1},{"a":2}]`],
    ['an array after a byte order mark', `\ufeff[${padding}{"a":1},{"a":2}]`],
    ['lines', `{"a":1}\n${padding}\n{"a":2}`],
    ['lines with carriage returns', `${padding}\r\n{"a":1}\r\n\r\n{"a":2}\r\n`],
  ])('is told by itself to be %s', async (_, body) => {
    expect((await slicesOf(body)).flat().map(said)).toEqual([{ value: { a: 1 } }, { value: { a: 2 } }]);
  });

  test.each([
    ['that does not end', `${array(9000, '{"a":1}')},{`.slice(0, -3)],
    ['with something behind it', `${array(9000, '{"a":1}')}]`],
    ['whose bracket is a brace', `${array(9000, '{"a":1}').slice(0, -1)}}`],
    ['in which an element is missing', array(9000, '{"a":1}').replace(',', ',,')],
    ['in which the last element is missing', array(9000, '{"a":1}').replace(']', ',]')],
    ['in which an element is broken', array(9000, '{"a":1}').replace('1', '?')],
  ])('that is an array %s is one item', async (_, body) => {
    const items = (await slicesOf(body)).flat();
    expect(items).toMatchObject([{ text: body, problem: { code: 'NOT_JSON' } }]);
    expect(items[0]?.fingerprint).toBeUndefined();
  });

  test('that is not UTF-8 loses those elements alone', async () => {
    const body = Buffer.from(`[{"a":"~"},{"a":"${'x'.repeat(70_000)}"},{"a":"~"}]`);
    body[body.lastIndexOf('~')] = 0xff;
    expect(await codesOf(body)).toEqual([undefined, undefined, 'NOT_JSON']);
  });
});

describe('an item that is refused by itself', () => {
  const [flat, tooFlat] = [array(ITEM_VALUES_MAX, '1'), array(ITEM_VALUES_MAX + 1, '1')];
  const [deep, tooDeep] = [nested(ITEM_VALUES_MAX), nested(ITEM_VALUES_MAX + 1)];
  const text = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;

  test.each([
    ['has as many values as an item may have', flat, undefined],
    ['has one more', tooFlat, 'ITEM_TOO_COMPLEX'],
    ['is as deep as an item may be', deep, undefined],
    ['is one bracket deeper', tooDeep, 'ITEM_TOO_COMPLEX'],
    [
      'has many keys',
      `{${Array.from({ length: ITEM_VALUES_MAX + 1 }, (_, key) => `"${key}":0`).join()}}`,
      'ITEM_TOO_COMPLEX',
    ],
    ['is as long as an item may be', text(ITEM_BYTES_MAX), undefined],
    ['is one byte longer', text(ITEM_BYTES_MAX + 1), 'LINE_TOO_LONG'],
    ['has brackets and commas in its text only', text(100_000).replaceAll('x', '[,'), undefined],
    ['has quotes and brackets in its text', String.raw`"${'\\"[,'.repeat(50_000)}"`, undefined],
    ['stands among many blanks', `${' '.repeat(2 * MIB)}{"a":1}${' '.repeat(2 * MIB)}`, undefined],
  ])('%s', async (_, item, code) => {
    const body = `[${padding}{"before":1},${item},{"after":1}]`;
    expect(await codesOf(body)).toEqual([undefined, code, undefined]);
    const [before, , after] = (await slicesOf(body)).flat().map(said);
    expect([before, after]).toEqual([{ value: { before: 1 } }, { value: { after: 1 } }]);
  });

  test('keeps its first part, and a fingerprint of all of it', async () => {
    const bodies = ['a', 'b'].map((end) => `[{"a":1},"${'x'.repeat(2 * MIB)}${end}"]`);
    const [one, other] = await Promise.all(bodies.map(async (body) => (await slicesOf(body)).flat()[1]));
    expect(one?.text).toMatch(/^"x+$/);
    expect(one?.text.length).toBeLessThan(MIB);
    expect(one?.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(one?.fingerprint).not.toBe(other?.fingerprint);
  });
});

describe('a body that is refused whole, before its first item', () => {
  test.each([
    ['has as many elements as a body may have', array(BODY_ITEMS_MAX, '1'), undefined],
    ['has one more', array(BODY_ITEMS_MAX + 1, '1'), 'BODY_TOO_LARGE'],
    ['has as many lines', '1\n'.repeat(BODY_ITEMS_MAX), undefined],
    ['has one more', '1\n'.repeat(BODY_ITEMS_MAX + 1), 'BODY_TOO_LARGE'],
    ['has more empty lines than that', `1${'\n'.repeat(BODY_ITEMS_MAX + 1)}1`, undefined],
    ['has a million values in few elements', array(200, array(5100, '1')), 'BODY_TOO_LARGE'],
    ['has four million brackets that are never closed', '['.repeat(4 * MIB), 'BODY_TOO_LARGE'],
  ])('%s', async (_, body, code) => {
    expect(await refusalOf(body)).toBe(code);
  });
});

describe('between two turns of the event loop', () => {
  afterEach(() => void vi.restoreAllMocks());

  const unlikeKeys = Array.from({ length: 200_000 }, (_, key) => `{"k${key}":1}`);
  test.each([
    ['numbers', array(240_000, '1')],
    ['objects of keys of their own', `[${unlikeKeys.join()}]`],
    ['large elements', array(7, `"${'x'.repeat(MIB - 10)}"`)],
    ['elements of many values', array(90, array(ITEM_VALUES_MAX - 1, '1'))],
    ['lines', '{"a":1}\n'.repeat(240_000)],
    ['long lines', `{"a":"${'x'.repeat(MIB - 100)}"}\n`.repeat(7)],
    ['lines that are no JSON', '{"a":}\n'.repeat(20_000)],
    ['an array that is broken at its end', `[${unlikeKeys.join()},?]`],
    ['blanks', `[${' '.repeat(8 * MIB - 2)}]`],
    ['lines of many values that are almost JSON', `x\n${`{"a":${array(4900, '1')}}}\n`.repeat(100)}`],
    ['long lines that are almost JSON', `x\n${`{"a":"${'x'.repeat(MIB - 100)}"}}\n`.repeat(7)}`],
  ])('little is parsed and little is handed on, of %s', async (_, body) => {
    const parsed = vi.spyOn(JSON, 'parse');
    let mostCharacters = 0;
    let mostValues = 0;
    let mostItems = 0;
    let turns = 0;
    const turn = async () => {
      const texts = parsed.mock.calls.map(([text]) => text.trim());
      mostCharacters = Math.max(
        mostCharacters,
        texts.reduce((sum, { length }) => sum + length, 0),
      );
      mostValues = Math.max(
        mostValues,
        texts.reduce((sum, text) => sum + valuesIn(Buffer.from(text)), 0),
      );
      parsed.mockClear();
      turns += 1;
    };
    for await (const items of bodySlices(Buffer.from(body), turn)) {
      mostItems = Math.max(mostItems, items.length);
      await turn();
    }
    expect(mostCharacters).toBeLessThan(2 * ITEM_BYTES_MAX + SLICE_BYTES);
    expect(mostValues).toBeLessThan(ITEM_VALUES_MAX + SLICE_VALUES);
    expect(mostItems).toBeLessThanOrEqual(SLICE_ITEMS);
    expect(turns).toBeGreaterThanOrEqual(Math.floor(body.length / ITEM_BYTES_MAX));
  });

  test.each([
    ['bytes of a long line', Buffer.from(`{}\n{"a":"${'0123456789abcdef01234567 '.repeat(80_000)}"}`), SLICE_BYTES],
    ['lines that are not UTF-8', Buffer.from('{}\n' + '\xff\n'.repeat(240_000), 'latin1'), 8 * 1024],
  ])('few %s are looked at', async (_, body, bytes) => {
    const turn = vi.fn<() => Promise<void>>(noTurn);
    for await (const items of bodySlices(body, turn)) expect(items.length).toBeLessThanOrEqual(SLICE_ITEMS);
    expect(turn.mock.calls.length).toBeGreaterThanOrEqual(Math.floor(body.length / bytes));
  });
});
