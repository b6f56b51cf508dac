import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

// The date of the examples of RFC 9110, section 5.6.7, in its three formats.
const DATE_MS = Date.UTC(1994, 10, 6, 8, 49, 37);
const BEFORE_MS = DATE_MS - 9000;

describe('a retry-after', () => {
  test.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT', 9000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 9000],
    ['Sun Nov  6 08:49:37 1994', 9000],
    ['Sun Nov 16 08:49:37 1994', 9000 + 10 * 86_400_000],
    ['Sun, 06 Nov 1994 08:49:20 GMT', 0],
    // 69 is more than 50 years after 1994 only as 2069.
    ['Thursday, 06-Nov-69 08:49:37 GMT', 0],
    ['Sunday, 06-Nov-94 08:49:60 GMT', 9000 + 22_000],
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7000],
    ['99999999999', 99_999_999_999_000],
  ])('of %j asks to wait %d ms', (value, ms) => {
    expect(retryAfterMs(value, BEFORE_MS)).toBe(ms);
  });

  test('of two digits of a year is less than 50 years ahead', () => {
    const nowMs = Date.UTC(2099, 0, 1);
    expect(retryAfterMs('Thursday, 01-Jan-00 00:00:10 GMT', nowMs)).toBe(0);
    expect(retryAfterMs('Friday, 01-Jan-99 00:00:10 GMT', nowMs)).toBe(10_000);
  });

  test.each([
    null,
    '',
    '-5',
    '+5',
    '1.5',
    '1e3',
    '0x10',
    'Infinity',
    'soon',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'sun, 06 nov 1994 08:49:37 gmt',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 25:49:37 GMT',
    '5, 7',
  ])('of %j says nothing', (value) => {
    expect(retryAfterMs(value, BEFORE_MS)).toBeUndefined();
  });

  test('is read as the platform writes dates, and never asks for less than nothing', () => {
    const seconds = fc.integer({ min: 0, max: 253_402_300_799 });
    fc.assert(
      fc.property(seconds, seconds, (until, now) => {
        const value = new Date(until * 1000).toUTCString();
        expect(retryAfterMs(value, now * 1000)).toBe(Math.max(0, (until - now) * 1000));
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(retryAfterMs(text, DATE_MS) ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
