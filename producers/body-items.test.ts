import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyItems } from './body-items.ts';

/** The content of each item: its value, or its text in a string if it is not JSON. */
function read(body: string): unknown[] {
  return bodyItems(body).map(({ text, value }) => {
    if (value !== undefined) return value;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return `not JSON: ${text}`;
    }
  });
}

describe('the items of a body', () => {
  test.each([
    ['an array', '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
    ['an array over several lines', '[\n  {"a":1},\n  {"a":2}\n]\n', [{ a: 1 }, { a: 2 }]],
    ['an empty array', ' [ ] ', []],
    ['an array of nothing', '[null]', [null]],
    ['one object', '{"a":1}', [{ a: 1 }]],
    [
      'one object over several lines',
      '{\n  "a": {\n    "b": [\n      {"c":1}\n    ]\n  }\n}',
      [{ a: { b: [{ c: 1 }] } }],
    ],
    ['one object with a small one on a line', '{"a":\n{"b":1}\n}', [{ a: { b: 1 } }]],
    ['lines', '{"a":1}\n{"a":2}\r\n\n{"a":3}', [{ a: 1 }, { a: 2 }, { a: 3 }]],
    ['a byte order mark and a line', '\ufeff{"a":1}\n', [{ a: 1 }]],
    ['nothing', ' \r\n ', []],
    ['something else', '"a"', ['a']],
  ])('%s', (_, body, expected) => {
    expect(read(body)).toEqual(expected);
  });

  test.each([
    ['a line in the middle', '{"a":1}\n{"a":\n{"a":3}', [{ a: 1 }, 'not JSON: {"a":', { a: 3 }]],
    ['the first line', '{"a":\n{"a":2}\n', ['not JSON: {"a":', { a: 2 }]],
    ['the last line', '{"a":1}\n{"a"', [{ a: 1 }, 'not JSON: {"a"']],
    ['an array', '[{"a":1},\n{"a":2}\n', ['not JSON: [{"a":1},\n{"a":2}']],
    ['an object over several lines', '{\n  "a": 1,\n', ['not JSON: {\n  "a": 1,']],
    ['everything', 'hello\nworld', ['not JSON: hello\nworld']],
  ])('of which %s is broken', (_, body, expected) => {
    expect(read(body)).toEqual(expected);
  });

  test('of an array can be written down, however deep one of them is', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const [before, item, after] = bodyItems(`[1,{"deep":${deep}},2]`);
    expect([before?.text, after?.text]).toEqual(['1', '2']);
    expect(item?.text).toMatch(/^\{"deep":\[\[/);
    expect(item?.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test('of an array have a text of their own', () => {
    expect(bodyItems('[ { "a" : 1 }, 5 ]').map(({ text }) => text)).toEqual(['{"a":1}', '5']);
  });

  test('are what was written, as an array and as lines', () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1 });
    fc.assert(
      fc.property(objects, fc.constantFrom(undefined, 2), (values, indent) => {
        const plain = JSON.parse(JSON.stringify(values)) as unknown[];
        expect(read(JSON.stringify(values, undefined, indent))).toEqual(plain);
        expect(read(values.map((value) => JSON.stringify(value)).join('\n'))).toEqual(plain);
      }),
    );
  });

  test('of any text are found without an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (body) => {
        expect(read(body)).toBeInstanceOf(Array);
      }),
    );
  });
});
