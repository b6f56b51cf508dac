import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchesOf } from './batches.ts';

const limits = { countMax: 3, bytesMax: 10, bytesOf: (item: string) => item.length };

test.each([
  [[], []],
  [
    ['a', 'b', 'c', 'd'],
    [['a', 'b', 'c'], ['d']],
  ],
  [
    ['aaaaa', 'bbbbb', 'c'],
    [['aaaaa', 'bbbbb'], ['c']],
  ],
  [
    ['a', 'more than ten', 'b'],
    [['a'], ['more than ten'], ['b']],
  ],
])('cuts %j into %j', (items, expected) => expect([...batchesOf(items, limits)]).toEqual(expected));

test('keeps all of them in order, and no batch could have taken the next item', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 12 })), (items) => {
      const batches = [...batchesOf(items, limits)];
      expect(batches.flat()).toEqual(items);
      for (const [place, batch] of batches.entries()) {
        const bytes = batch.join('').length;
        expect(batch.length >= 1 && batch.length <= 3 && (bytes <= 10 || batch.length === 1)).toBe(true);
        const next = batches[place + 1]?.[0];
        if (next !== undefined) expect(batch.length === 3 || bytes + next.length > 10).toBe(true);
      }
    }),
  );
});

test('reads no more than it needs', () => {
  let read = 0;
  const items = function* counted(): Generator<number> {
    for (; ; read += 1) yield read;
  };
  const [first] = batchesOf(items(), { countMax: 4 });
  expect([first, read]).toEqual([[0, 1, 2, 3], 4]);
});
