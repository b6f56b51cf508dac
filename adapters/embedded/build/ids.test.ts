import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBuildIds } from './ids.ts';

const id = fc.oneof(
  fc.nat({ max: 30 }).map((number) => number.toString(16).padStart(24, '0')),
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 24, maxLength: 24 }),
);
const step = fc.oneof(
  fc.record({ kind: fc.constantFrom('set', 'insert'), id, value: fc.integer({ min: 0, max: 2 ** 31 }) }),
  fc.record({ kind: fc.constant('delete'), id, value: fc.constant(0) }),
);

test('ids are kept as a Map keeps them', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const [ids, map] = [createBuildIds(), new Map<string, number>()];
      for (const one of steps) {
        if (one.kind === 'insert') {
          expect(ids.insert(one.id, one.value)).toBe(map.get(one.id));
          if (!map.has(one.id)) map.set(one.id, one.value);
        } else if (one.kind === 'set') {
          ids.set(one.id, one.value);
          map.set(one.id, one.value);
        } else {
          ids.delete(one.id);
          map.delete(one.id);
        }
        expect(ids.get(one.id)).toBe(map.get(one.id));
      }
      expect(new Map(ids.entries())).toEqual(map);
      expect(ids.size()).toBe(map.size);
    }),
  );
});

test('so are more of them than there was room for at first, with one and the same beginning', () => {
  const ids = createBuildIds();
  const nth = (number: number) => `477bde04${(number * 7919).toString(16).padStart(16, '0')}`;
  for (let number = 0; number < 20_000; number += 1) {
    ids.set(nth(number), number);
    if (number % 3 === 0) ids.delete(nth(number));
  }
  for (let number = 0; number < 20_000; number += 1)
    expect(ids.get(nth(number))).toBe(number % 3 === 0 ? undefined : number);
});
