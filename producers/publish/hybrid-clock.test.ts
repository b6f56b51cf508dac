import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSequence, SEQUENCE_PATTERN, sequenceOf } from '../../events/sequence.ts';
import { createHybridClock } from './hybrid-clock.ts';

test('returns the second, and the millisecond times 1,000 as its ordinal', () => {
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

test('continues where it was when the wall clock is set back', () => {
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
  const earlierClock = createHybridClock(() => 1_456_124_520_123);
  const given = [earlierClock.next(), earlierClock.next()].at(-1) ?? '';
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

test('never returns the same or less, whatever the wall clock does', () => {
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

const RIGHT_MS = 1_767_261_600_000;
const LAST_MS = 4_294_967_295_999;

test.each([
  ['after 2106', LAST_MS + 1],
  ['90 years ahead', RIGHT_MS + 90 * 365 * 86_400_000],
  ['after the year 9999', 253_402_300_800_000],
  ['at the end of dates', 8.64e15],
  ['before 1970', -1],
  ['long before the year 0', -8.64e15],
])('counts on while the wall clock stands %s, and follows it again once that is right', (_, wrongMs) => {
  let now = RIGHT_MS;
  const clock = createHybridClock(() => now);
  const before = clock.next();
  now = wrongMs;
  const meanwhile = [clock.next(), clock.next()];
  // Another machine's clock is trusted as far as before, and not as far as this machine's.
  clock.observe(sequenceOf(4_294_967_295, 4_294_967_295));
  meanwhile.push(clock.next());
  now = RIGHT_MS + 1;
  const after = clock.next();
  expect(meanwhile).toEqual([1, 2, 3].map((count) => sequenceOf(RIGHT_MS / 1000, count)));
  expect([before, ...meanwhile, after].toSorted()).toEqual([before, ...meanwhile, after]);
  expect(after).toBe(sequenceOf(RIGHT_MS / 1000, 1000));
});

test('begins at once also if the wall clock was never right', () => {
  const clock = createHybridClock(() => 8.64e15);
  expect([clock.next(), clock.next()]).toEqual([sequenceOf(0, 1), sequenceOf(0, 2)]);
});

test('passes over a mark that is no sequence', () => {
  const clock = createHybridClock(() => RIGHT_MS);
  clock.startFrom('460628960000001230001');
  expect(clock.newest()).toBe('');
  expect(clock.next()).toBe(sequenceOf(RIGHT_MS / 1000, 0));
});

test('returns a sequence and never a smaller one, wherever the wall clock jumps and whatever it sees', () => {
  const ms = fc.oneof(fc.integer({ min: -8.64e15, max: 8.64e15 }), fc.integer({ min: RIGHT_MS, max: RIGHT_MS + 5000 }));
  const half = fc.oneof(
    fc.nat(5),
    fc.integer({ min: 4_294_967_290, max: 4_294_967_295 }),
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  );
  fc.assert(
    fc.property(fc.array(fc.record({ ms, seen: fc.option(fc.tuple(half, half)) }), { minLength: 2 }), (steps) => {
      let now = 0;
      const clock = createHybridClock(() => now);
      let last = '';
      for (const { ms: next, seen } of steps) {
        now = next;
        if (seen !== null) clock.observe(sequenceOf(...seen));
        const given = clock.next();
        expect(given).toMatch(SEQUENCE_PATTERN);
        expect(parseSequence(given)).toBe(given);
        expect(given > last || given === sequenceOf(4_294_967_295, 4_294_967_295)).toBe(true);
        last = given;
      }
    }),
  );
});
