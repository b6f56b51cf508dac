import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SEQUENCE_PATTERN, sequenceOf } from '../../events/sequence.ts';
import { createHybridClock } from './hybrid-clock.ts';

test('gives the second, and the millisecond times 1,000 as its ordinal', () => {
  expect(createHybridClock(() => 1_456_124_520_123).next()).toBe('14561245200000123000');
});

test('counts within a millisecond', () => {
  const clock = createHybridClock(() => 1_456_124_520_123.9);
  expect([clock.next(), clock.next(), clock.next()]).toEqual([
    '14561245200000123000',
    '14561245200000123001',
    '14561245200000123002',
  ]);
});

test('goes on where it was when the wall clock is set back', () => {
  let now = 1_456_124_520_123;
  const clock = createHybridClock(() => now);
  const before = clock.next();
  now -= 3_600_000;
  const after = clock.next();
  expect(after > before).toBe(true);
  now += 3_600_001;
  expect(clock.next()).toBe('14561245200000124000');
});

test('comes after what it gave in a life before, also if the wall clock has been set back since', () => {
  const lifeBefore = createHybridClock(() => 1_456_124_520_123);
  const given = [lifeBefore.next(), lifeBefore.next()].at(-1) ?? '';
  const clock = createHybridClock(() => 1_456_124_490_000);
  clock.startFrom(given);
  expect(clock.next() > given).toBe(true);
});

test('comes after what it has seen of a clock that is a little ahead', () => {
  const clock = createHybridClock(() => 1_456_124_520_000);
  clock.observe(sequenceOf(1_456_124_530, 7));
  expect(clock.next()).toBe('14561245300000000008');
});

test('is not dragged along by a clock that is far ahead, nor back by one that is behind', () => {
  const clock = createHybridClock(() => 1_456_124_520_000);
  clock.observe(sequenceOf(1_456_124_520 + 61, 0));
  clock.observe(sequenceOf(5, 0));
  expect(clock.next()).toBe('14561245200000000000');
});

test('carries into the next second when the ordinal is used up', () => {
  const clock = createHybridClock(() => 1_456_124_520_000);
  clock.observe(sequenceOf(1_456_124_520, 4_294_967_295));
  expect(clock.next()).toBe('14561245210000000000');
});

test('never gives the same or less, whatever the wall clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 5_000 }), { minLength: 2 }), (times) => {
      let now = 0;
      const clock = createHybridClock(() => 1_700_000_000_000 + now);
      let last = '';
      for (now of times) {
        const next = clock.next();
        expect(next).toMatch(SEQUENCE_PATTERN);
        expect(next > last).toBe(true);
        last = next;
      }
    }),
  );
});
