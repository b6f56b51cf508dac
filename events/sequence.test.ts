import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ordinalOf, parseSequence, secondsOf, SEQUENCE_PATTERN, sequenceOf } from './sequence.ts';

const UINT32_MAX = 2 ** 32 - 1;
const half = fc.oneof(
  fc.integer({ min: 0, max: UINT32_MAX }),
  fc.constantFrom(0, 1, 9, 10, UINT32_MAX - 1, UINT32_MAX),
);

describe('a sequence', () => {
  test('is twenty digits: the seconds and the ordinal', () => {
    expect(sequenceOf(1_456_124_520, 7)).toBe('14561245200000000007');
    expect(sequenceOf(0, 0)).toBe('0'.repeat(20));
    expect(sequenceOf(UINT32_MAX, UINT32_MAX)).toBe('42949672954294967295');
  });

  test('sorts as text as its numbers do', () => {
    const property = fc.property(
      fc.tuple(half, half),
      fc.tuple(half, half),
      ([seconds, ordinal], [otherSeconds, otherOrdinal]) => {
        const [a, b] = [sequenceOf(seconds, ordinal), sequenceOf(otherSeconds, otherOrdinal)];
        const difference = BigInt(seconds - otherSeconds) * 2n ** 33n + BigInt(ordinal - otherOrdinal);
        expect(a < b).toBe(difference < 0n);
        expect(a === b).toBe(difference === 0n);
        expect(a).toMatch(SEQUENCE_PATTERN);
      },
    );
    fc.assert(property);
  });

  test('is made of its halves and taken apart again, with or without its leading zeros', () => {
    const property = fc.property(half, half, (seconds, ordinal) => {
      const sequence = sequenceOf(seconds, ordinal);
      expect([secondsOf(sequence), ordinalOf(sequence)]).toEqual([seconds, ordinal]);
      expect(parseSequence(sequence)).toBe(sequence);
      expect(parseSequence(BigInt(sequence).toString())).toBe(sequence);
    });
    fc.assert(property);
  });

  test.each([
    '',
    ' 1',
    '1 ',
    '-1',
    '1.5',
    '1e3',
    '0x1',
    '１',
    '1'.repeat(21),
    '42949672960000000000',
    '00000000004294967296',
  ])('is not %j', (text) => expect(parseSequence(text)).toBeUndefined());

  test.each([
    [4_294_967_296, 0],
    [0, 4_294_967_296],
    [-1, 0],
    [0, -1],
    [0.5, 0],
    [Number.NaN, 0],
  ])('is never made of %d and %d', (seconds, ordinal) => {
    expect(() => sequenceOf(seconds, ordinal)).toThrow(RangeError);
  });
});
