import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { catalog } from '../catalog.ts';
import { instant } from '../values.ts';
import { parseEventData } from './event-data.ts';

const nested = z.object({ at: instant, name: z.string(), list: z.array(z.object({ at: instant, tag: z.string() })) });

describe('data of an event', () => {
  test('with instants as RFC 3339 allows them is taken, and those that the schema knows stay as they are', () => {
    const sent = {
      at: '2016-12-31t23:59:60z',
      name: 'a',
      list: [
        { at: '2016-01-01T10:00:00+01:00', tag: 'as it was' },
        { at: '2016-01-01t10:00:00.5+01:00', tag: 'small' },
      ],
    };
    const before = structuredClone(sent);
    expect(parseEventData(nested, sent).data).toEqual({
      at: '2017-01-01T00:00:00.000Z',
      name: 'a',
      list: [
        { at: '2016-01-01T10:00:00+01:00', tag: 'as it was' },
        { at: '2016-01-01T09:00:00.500Z', tag: 'small' },
      ],
    });
    expect(sent).toEqual(before);
  });

  test.each(['yesterday', '2026-01-01T10:00:60Z', 5, null, undefined, {}])('with %j as an instant is refused', (at) => {
    const { error } = parseEventData(nested, { at, name: 'a', list: [] });
    expect(error?.issues.map(({ path }) => path)).toEqual([['at']]);
  });

  test('keeps every text well-formed, wherever it stands, and changes no other', () => {
    const loose = z.object({ texts: z.record(z.string(), z.union([z.string(), z.array(z.string())])) });
    const text = fc
      .string({ unit: 'binary' })
      .chain((whole) => fc.constantFrom(whole, `${whole}\ud83d`, `\ude00${whole}`));
    // As a key, zod leaves this one out of every record, so that it cannot become a prototype.
    const key = text.filter((one) => one !== '__proto__');
    fc.assert(
      fc.property(fc.dictionary(key, fc.oneof(text, fc.array(text))), (texts) => {
        const stored = Buffer.from(JSON.stringify(parseEventData(loose, { texts }).data)).toString();
        const utf8 = (one: string) => Buffer.from(one).toString();
        const expected = Object.entries(texts).map(([name, one]) => [
          utf8(name),
          typeof one === 'string' ? utf8(one) : one.map(utf8),
        ]);
        expect(JSON.parse(stored)).toEqual({ texts: Object.fromEntries(expected) });
      }),
    );
  });

  test('of the catalog has no half of a character in any text', () => {
    const joined = { ...catalog['user-joined'].examples[0], userName: 'ann\ud83d', lastName: '\ude00\ud83d' };
    expect(parseEventData(catalog['user-joined'], joined).data).toMatchObject({
      userName: 'ann\ufffd',
      lastName: '\ufffd\ufffd',
    });
  });
});
