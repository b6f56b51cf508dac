import { expect, test } from 'vitest';
import { median, quantile, sample } from './statistics.ts';

test('a quantile lies between the two nearest ranks', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([10, 20, 30, 40, 50], 0.9)).toBe(46);
  expect(quantile([7], 0.99)).toBe(7);
  expect(median([])).toBeNaN();
});

test('a sample holds each item at most once and is the same every time', () => {
  const items = Array.from({ length: 100 }, (_, index) => index);
  const taken = sample(items, 30);
  expect(new Set(taken).size).toBe(30);
  expect(sample(items, 30)).toEqual(taken);
  expect(sample(items, 30, 2)).not.toEqual(taken);
  expect(sample(items, 1000).toSorted((a, b) => a - b)).toEqual(items);
});
