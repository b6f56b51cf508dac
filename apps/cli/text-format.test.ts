import { describe, expect, test } from 'vitest';
import {
  formatCount,
  formatInstant,
  formatMicroseconds,
  formatSeconds,
  plural,
  printable,
  shorten,
  wrapped,
} from './text-format.ts';

describe('numbers and times', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1_260_849, '1,260,849'],
    [-1234, '-1,234'],
  ])('%d is written %s', (count, text) => {
    expect(formatCount(count)).toBe(text);
  });

  test.each([
    [0, '0.00 s'],
    [2.345, '2.35 s'],
    [12.34, '12.3 s'],
    [59.96, '1 min 0 s'],
    [245, '4 min 5 s'],
    [3599.7, '1 h 0 min'],
    [7384, '2 h 3 min'],
    [86_399, '1 d 0 h'],
    [9 * 86_400 + 4 * 3600, '9 d 4 h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });

  test.each([
    [40, '0.04 ms'],
    [1300, '1.3 ms'],
    [250_400, '250 ms'],
    [1_250_000, '1,250 ms'],
  ])('%d microseconds are %s', (microseconds, text) => {
    expect(formatMicroseconds(microseconds)).toBe(text);
  });

  test('an instant is printed in UTC, any other text unchanged', () => {
    expect(formatInstant('2016-02-22T08:02:00.000+01:00')).toBe('2016-02-22 07:02:00');
    expect(formatInstant('yesterday')).toBe('yesterday');
  });

  test('one thing is singular', () => {
    expect([plural(0, 'event'), plural(1, 'event'), plural(2000, 'event')]).toEqual([
      '0 events',
      '1 event',
      '2,000 events',
    ]);
  });
});

describe('text of users', () => {
  test('line breaks become blanks and escape sequences lose their escape', () => {
    expect(printable('a\r\n\tb')).toBe('a b');
    expect(printable('\u001b[31mred\u001b[0m')).toBe('\ufffd[31mred\ufffd[0m');
    expect(printable('\u009b2J \u202eabc \u0007')).toBe('\ufffd2J \ufffdabc \ufffd');
    expect(printable('Zoë 日本 👍 #1')).toBe('Zoë 日本 👍 #1');
  });

  test('a cut is marked and leaves no half of a surrogate pair', () => {
    expect(shorten('hello', 5)).toBe('hello');
    expect(shorten('hello!', 5)).toBe('hell…');
    expect(shorten('abc👍def', 5)).toBe('abc…');
  });

  test('lines break between words, and inside of a word that is too long', () => {
    expect(wrapped('the quick brown fox', 10)).toEqual(['the quick', 'brown fox']);
    expect(wrapped('see http://example.org/x now', 10)).toEqual(['see', 'http://exa', 'mple.org/x', 'now']);
    expect(wrapped('', 10)).toEqual(['']);
  });
});
