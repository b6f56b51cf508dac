import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactInstant, utcInstant } from './instant.ts';

describe('an instant', () => {
  test.each([
    // The examples of RFC 3339, section 5.8, in UTC.
    ['1985-04-12T23:20:50.52Z', '1985-04-12T23:20:50.520Z'],
    ['1996-12-19T16:39:57-08:00', '1996-12-20T00:39:57.000Z'],
    ['1990-12-31T23:59:60Z', '1991-01-01T00:00:00.000Z'],
    ['1990-12-31T15:59:60-08:00', '1991-01-01T00:00:00.000Z'],
    ['1937-01-01T12:00:27.87+00:20', '1937-01-01T11:40:27.870Z'],
    // Section 5.6: "T" and "Z" may be lower case.
    ['1985-04-12t23:20:50z', '1985-04-12T23:20:50.000Z'],
    ['1985-04-12T23:20:50-00:00', '1985-04-12T23:20:50.000Z'],
    ['1985-04-12T23:20:50.123456789012Z', '1985-04-12T23:20:50.123Z'],
    ['2016-06-30T23:59:60.25Z', '2016-07-01T00:00:00.250Z'],
    ['2024-02-29T23:59:59+23:59', '2024-02-29T00:00:59.000Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z'],
    ['0099-12-31T23:59:59.9Z', '0099-12-31T23:59:59.900Z'],
  ])('%s is %s', (text, utc) => {
    expect(utcInstant(text)).toBe(utc);
  });

  test.each([
    '2025-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T10:60:00Z',
    '2026-01-01T10:00:61Z',
    '2026-01-01T10:00:60Z',
    '2026-12-31T23:59:60-08:00',
    '2026-06-15T23:59:60Z',
    '2026-01-01T10:00:00',
    '2026-01-01T10:00Z',
    '2026-01-01 10:00:00Z',
    '2026-01-01T10:00:00+24:00',
    '2026-01-01T10:00:00+0100',
    '2026-01-01T10:00:00,5Z',
    '2026-01-01T10:00:00.Z',
    '0000-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '9999-12-31T23:59:60Z',
    '+012026-01-01T10:00:00Z',
    '2026-01-01T10:00:00Z\n',
    '',
  ])('%j is none', (text) => {
    expect([utcInstant(text), exactInstant(text)]).toEqual([undefined, undefined]);
  });

  test('is the one that the platform reads, whatever its offset and however many digits it has', () => {
    const dates = fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true });
    const spelling = fc.record({
      minutes: fc.integer({ min: -1439, max: 1439 }),
      zeros: fc.nat(9),
      small: fc.boolean(),
    });
    fc.assert(
      fc.property(dates, spelling, (date, { minutes, zeros, small }) => {
        const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1);
        const ofDay = Math.abs(minutes);
        const pair = (count: number) => String(count).padStart(2, '0');
        const offset = `${minutes < 0 ? '-' : '+'}${pair(Math.floor(ofDay / 60))}:${pair(ofDay % 60)}`;
        const text = `${small ? local.toLowerCase() : local}${'0'.repeat(zeros)}${offset}`;
        expect(utcInstant(text)).toBe(date.toISOString());
        expect(exactInstant(text)).toBe(date.toISOString());
      }),
    );
  });

  test('is told from another one by every digit that was written', () => {
    expect(exactInstant('2026-01-01T10:00:00.1234Z')).toBe(exactInstant('2026-01-01T11:00:00.123400+01:00'));
    expect(exactInstant('2026-01-01T10:00:00.1234Z')).not.toBe(exactInstant('2026-01-01T10:00:00.123Z'));
    expect(exactInstant('2026-01-01T10:00:00Z')).toBe(exactInstant('2026-01-01T10:00:00.0Z'));
  });
});

test('every day that a calendar has, and no other', () => {
  const wrong: string[] = [];
  for (const year of [1900, 2000, 2023, 2024]) {
    for (let month = 0; month <= 13; month += 1) {
      for (let day = 0; day <= 32; day += 1) {
        const [mm, dd] = [month, day].map((number) => String(number).padStart(2, '0'));
        const text = `${year}-${mm}-${dd}T23:59:59.999Z`;
        const found = new Date(Date.UTC(year, month - 1, day));
        const exists = found.getUTCMonth() === month - 1 && found.getUTCDate() === day;
        if (utcInstant(text) !== (exists ? text : undefined)) wrong.push(text);
      }
    }
  }
  expect(wrong).toEqual([]);
});
