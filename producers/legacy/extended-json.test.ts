import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../events/reading/findings.ts';
import { readInstant, readObjectId, readTimestamp } from './extended-json.ts';

function read<Value>(reader: (value: unknown, path: string, findings: Finding[]) => Value, value: unknown) {
  const findings: Finding[] = [];
  return { value: reader(value, 'a.b', findings), paths: findings.map(({ path }) => path) };
}

describe('an instant', () => {
  test.each([
    ['relaxed, as text', { $date: '2016-02-22T07:02:00.000Z' }],
    ['canonical, before 1970 and after 9999', { $date: { $numberLong: '1456124520000' } }],
    ['of the first version, as a number', { $date: 1456124520000 }],
    ['plain text', '2016-02-22T07:02:00.000Z'],
    ['plain milliseconds', 1456124520000],
    ['a plain long', { $numberLong: '1456124520000' }],
    ['with an offset', '2016-02-22T08:02:00+01:00'],
    ['with an offset without a colon', { $date: '2016-02-22T01:32:00.000-0530' }],
    ['without fractions', '2016-02-22T07:02:00Z'],
    ['without seconds', '2016-02-22T07:02Z'],
    ['with microseconds', '2016-02-22T07:02:00.000999Z'],
  ])('%s is UTC with milliseconds', (_, value) => {
    expect(read(readInstant, value)).toEqual({ value: '2016-02-22T07:02:00.000Z', paths: [] });
  });

  test.each([
    ['29 February of a leap year', '2016-02-29T00:00:00.000Z'],
    ['the last day of a month', '2016-12-31T23:59:59.999Z'],
  ])('%s is taken', (_, text) => {
    expect(read(readInstant, text).value).toBe(text);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['no offset, which would depend on the machine', '2016-02-22T07:02:00.000'],
    ['a day alone', '2016-02-22'],
    ['29 February of another year', '2015-02-29T00:00:00.000Z'],
    ['30 February', '2016-02-30T00:00:00.000Z'],
    ['31 April', { $date: '2016-04-31T00:00:00.000Z' }],
    ['a thirteenth month', '2016-13-01T00:00:00.000Z'],
    ['a 25th hour', '2016-01-01T25:00:00.000Z'],
    ['words', 'yesterday'],
    ['a fraction of a millisecond', 1.5],
    ['an instant after the year 9999', 253402300800000],
    ['text of digits', { $date: '1456124520000' }],
    ['a long that is none', { $date: { $numberLong: 'x' } }],
    ['truth', true],
    ['an array', ['2016-02-22T07:02:00.000Z']],
  ])('%s is refused with its path', (_, value) => {
    expect(read(readInstant, value)).toEqual({ value: undefined, paths: ['a.b'] });
  });

  test('is the instant that the platform makes of it, whatever it is', () => {
    const dates = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-30'), noInvalidDate: true });
    fc.assert(
      fc.property(dates, (date) => {
        const iso = date.toISOString();
        for (const value of [iso, { $date: iso }, date.getTime(), { $date: { $numberLong: String(date.getTime()) } }]) {
          expect(read(readInstant, value).value).toBe(iso);
        }
      }),
    );
  });
});

describe('an ObjectId', () => {
  const hex = '56cab268fd9255c263d2e00e';

  test.each([
    ['as Extended JSON', { $oid: hex }],
    ['alone', hex],
    ['in upper case', { $oid: hex.toUpperCase() }],
  ])('%s is its hex in lower case', (_, value) => {
    expect(read(readObjectId, value)).toEqual({ value: hex, paths: [] });
  });

  test.each([[undefined], [null], [5], ['56cab268'], [`${hex}0`], [`${hex}\n`], [{ $oid: 5 }], [{}], [[hex]]])(
    '%j is refused with its path',
    (value) => {
      expect(read(readObjectId, value)).toEqual({ value: undefined, paths: ['a.b'] });
    },
  );
});

describe('a timestamp', () => {
  test.each([
    ['relaxed', { $timestamp: { t: 7, i: 4_294_967_295 } }],
    ['with longs', { $timestamp: { t: { $numberInt: '7' }, i: { $numberLong: '4294967295' } } }],
  ])('%s is two unsigned 32-bit numbers', (_, value) => {
    expect(read(readTimestamp, value).value).toEqual({ seconds: 7, ordinal: 4_294_967_295 });
  });

  test.each([
    [undefined],
    [{ t: 1, i: 1 }],
    [{ $timestamp: { t: -1, i: 1 } }],
    [{ $timestamp: { t: 1, i: 4_294_967_296 } }],
    [{ $timestamp: { t: 1 } }],
    [{ $timestamp: { t: 1.5, i: 1 } }],
    [{ $timestamp: '1' }],
  ])('%j is refused with its path', (value) => {
    expect(read(readTimestamp, value)).toEqual({ value: undefined, paths: ['a.b'] });
  });
});
