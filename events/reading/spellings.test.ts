import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  foldedSpelling,
  idsNamedIn,
  NAMED_CHARACTERS_MAX,
  NAMED_IDS_MAX,
  partsOf,
  spellingsOf,
  textsWithin,
} from './spellings.ts';

const ID = '56cb04ac6c4e803da12a9500';
const hexOf = (unit: number, digits: number) => unit.toString(16).padStart(digits, '0');

/** Ways in which others encode a text: each may be applied to the result of the one before. */
const writings: Readonly<Record<string, (text: string) => string>> = {
  'as JSON': (text) => JSON.stringify(text).slice(1, -1),
  'as JSON in ASCII': (text) => text.replace(/[^ -~]|["\\]/g, (each) => `\\u${hexOf(each.charCodeAt(0), 4)}`),
  'as JSON in escapes alone': (text) =>
    text.replace(/[^]/g, (each) => `\\u${hexOf(each.charCodeAt(0), 4).toUpperCase()}`),
  'as a part of a URL': encodeURIComponent,
  'as a part of a URL in escapes alone': (text) =>
    Buffer.from(text)
      .toString('hex')
      .replace(/../g, (byte) => `%${byte.toUpperCase()}`),
  'as HTML': (text) => Array.from(text, (each) => `&#${each.codePointAt(0)};`).join(''),
};

describe('the spellings of a text', () => {
  test('hold it, however it was written, and written again', () => {
    const writing = fc.constantFrom(...Object.keys(writings));
    fc.assert(
      fc.property(
        fc.constantFrom(ID, 'Zürcher-Zaphod', '日本 😀', 'a "quoted" name'),
        fc.array(writing, { maxLength: 6 }),
        (text, ways) => {
          const written = ways.reduce((said, way) => writings[way]?.(said) ?? said, text);
          expect(spellingsOf(written)).toContain(text);
        },
      ),
    );
  });

  test.each([
    ['M%E4rta-Lisa', 'Latin-1 of a URL'],
    ['M\\344rta-Lisa', 'octal Latin-1'],
    ['M\\303\\244rta-Lisa', 'octal UTF-8'],
    ['M\\xe4rta-Lisa', 'hex of JavaScript'],
    ['M\\xc3\\xa4rta-Lisa', 'hex of bytes'],
    ['M&#xE4;rta-Lisa', 'HTML in hex'],
    [`M%${'25'.repeat(100)}E4rta-Lisa`, 'escapes a hundred times within one another'],
  ])('hold %s', (written) => {
    expect(spellingsOf(written)).toContain('Märta-Lisa');
  });

  test('are bounded: escapes in endless depth cost a few times the text', () => {
    const deep = `%${'25'.repeat(300_000)}41`;
    const characters = spellingsOf(deep).reduce((sum, each) => sum + each.length, 0);
    expect(characters).toBeLessThan(10 * deep.length);
  });

  test('leave what is no escape, or only the beginning of one, as it is', () => {
    for (const text of ['100 %', '50%zz', 'a\\', 'a\\u00', 'a\\u00f', '&#;', '&#99999999;', '%', ''])
      expect(spellingsOf(text), text).toEqual([text]);
  });

  test('are folded to the same, whatever their case and however accents are composed', () => {
    expect(foldedSpelling('ZU\u0308RCHER')).toBe(foldedSpelling('z\u00fcrcher'));
    expect(foldedSpelling(ID.toUpperCase())).toBe(ID);
    for (const each of ['Ann+Lee', 'Ann\u00a0Lee', 'Ann \n\tLee', 'Ann\u3000Lee', '\uff21\uff4e\uff4e\u2009Lee'])
      expect(foldedSpelling(each), each).toBe('ann lee');
  });
});

describe('the ids that a text names', () => {
  test.each([
    ['plain', ID],
    ['in capitals', ID.toUpperCase()],
    ['as Extended JSON', JSON.stringify({ $oid: ID })],
    ['in the shell’s words', `ObjectId('${ID.toUpperCase()}')`],
    ['with an escape', `5\\u0036${ID.slice(2)}`],
    ['in escapes within escapes', JSON.stringify(JSON.stringify(ID.replace('c', '\\u0063')))],
    ['in half a line', `{"userId":"${ID}`],
    ['behind other hex digits', `abc${ID}`],
    ['beside another id', `${'a'.repeat(24)}${ID}`],
    ['with percents', `%35${ID.slice(1)}`],
  ])('are found %s', (_title, text) => {
    expect([...(idsNamedIn(text) ?? [])].join(' ')).toContain(ID);
  });

  test('are none where no 24 hex digits stand together', () => {
    expect(idsNamedIn(`${ID.slice(1)} ${ID.slice(0, 12)}-${ID.slice(12)}`)).toEqual(new Set());
  });

  test('are not counted beyond what is noted', () => {
    const ids = (count: number) => Array.from({ length: count }, (_, number) => hexOf(number, 24)).join(' ');
    expect(idsNamedIn(ids(NAMED_IDS_MAX))?.size).toBe(NAMED_IDS_MAX);
    expect(idsNamedIn(ids(NAMED_IDS_MAX + 1))).toBeUndefined();
    expect(idsNamedIn('a'.repeat(NAMED_CHARACTERS_MAX + 1))).toBeUndefined();
  });

  test('are noted as runs, so that a hash is one of them and not a hundred', () => {
    const hashes = Array.from({ length: 70 }, (_, number) => hexOf(number, 128));
    expect(idsNamedIn(hashes.join(' '))).toEqual(new Set(hashes));
  });

  test('stand whole in a part of the text, wherever it is parted', () => {
    const written = ID.replace(/./g, (digit) => `\\u00${hexOf(digit.charCodeAt(0), 2)}`);
    for (const shift of [0, 1, 70, 143]) {
      const parts = [...partsOf(`${'-'.repeat(65_536 - shift)}${written}${'-'.repeat(100_000)}`)];
      expect(parts.length).toBeGreaterThan(2);
      expect(parts.filter((part) => idsNamedIn(part)?.has(ID)).length).toBeGreaterThan(0);
    }
  });
});

test('the texts within a value are found in any depth', () => {
  let value: unknown = { [ID]: ['at the bottom', 7, null] };
  for (let depth = 0; depth < 100_000; depth += 1) value = [value];
  expect(textsWithin(value).split('\n').toSorted()).toEqual([ID, 'at the bottom']);
});
