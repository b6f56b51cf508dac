import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printable, visibleJson, visibleLines } from './visible-text.ts';

// By their names in the Unicode Character Database.
const UNSEEN = [
  ['ESCAPE', 0x1b],
  ['DELETE', 0x7f],
  ['CONTROL SEQUENCE INTRODUCER', 0x9b],
  ['SOFT HYPHEN', 0xad],
  ['ARABIC LETTER MARK', 0x061c],
  ['MONGOLIAN VOWEL SEPARATOR', 0x180e],
  ['ZERO WIDTH SPACE', 0x200b],
  ['LEFT-TO-RIGHT MARK', 0x200e],
  ['RIGHT-TO-LEFT MARK', 0x200f],
  ['LINE SEPARATOR', 0x2028],
  ['PARAGRAPH SEPARATOR', 0x2029],
  ['RIGHT-TO-LEFT OVERRIDE', 0x202e],
  ['WORD JOINER', 0x2060],
  ['RIGHT-TO-LEFT ISOLATE', 0x2067],
  ['NOMINAL DIGIT SHAPES', 0x206f],
  ['ZERO WIDTH NO-BREAK SPACE', 0xfeff],
  ['INTERLINEAR ANNOTATION ANCHOR', 0xfff9],
  ['LANGUAGE TAG', 0xe0001],
  ['TAG LATIN CAPITAL LETTER A', 0xe0041],
  ['VARIATION SELECTOR-17', 0xe0100],
  ['half of a surrogate pair', 0xd83d],
] as const;

describe('a character that is not seen', () => {
  test.each(UNSEEN)('%s is shown to be there', (_, code) => {
    const character = String.fromCodePoint(code);
    expect(printable(`a${character}b`)).toBe('a\ufffdb');
    expect(visibleLines(`a${character}b`, { coloured: false })).toBe('a\ufffdb');
    expect(visibleLines(`a${character}b`, { coloured: true })).toBe('a\ufffdb');
  });

  test.each(UNSEEN)('%s is an escape in JSON, which stays equal', (_, code) => {
    const value = { [`k${String.fromCodePoint(code)}`]: [`a${String.fromCodePoint(code)}b\n`] };
    const json = visibleJson(JSON.stringify(value, undefined, 1));
    expect(json).not.toContain(String.fromCodePoint(code));
    expect(JSON.parse(json)).toEqual(value);
  });
});

test.each(['Zoë 日本 👍 #1 ½ ₂ ﷽', 'خانه‌ها می‌خواهم', '👩‍👧 ❤️ 🏳️‍🌈', 'हिन्दी क्‍ष', '؀١٢٣'])(
  '%s is ordinary writing and stays',
  (text) => {
    expect(printable(text)).toBe(text);
    expect(visibleJson(JSON.stringify(text))).toBe(JSON.stringify(text));
    expect(visibleLines(text, { coloured: false })).toBe(text);
  },
);

test('lines keep their breaks and tabs, and their colours where there are some', () => {
  const red = '\u001b[31mred\u001b[39m\n\tnext';
  expect(visibleLines(red, { coloured: true })).toBe(red);
  expect(visibleLines(red, { coloured: false })).toBe('\ufffd[31mred\ufffd[39m\n\tnext');
  expect(visibleLines('\u001b]0;title\u0007\u001b[2J', { coloured: true })).toBe('\ufffd]0;title\ufffd\ufffd[2J');
});

test('any JSON stays equal', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary', maxDepth: 1 }), (value) => {
      const json = JSON.stringify(value);
      expect(JSON.parse(visibleJson(json))).toEqual(JSON.parse(json));
    }),
  );
});
