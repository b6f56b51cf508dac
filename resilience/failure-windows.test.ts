import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFailureWindows } from './failure-windows.ts';

describe('a window of failures', () => {
  test('agrees with the last 20 attempts in a list, each subject counted once', () => {
    const attempts = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.boolean(), fc.option(fc.nat({ max: 12 }))));
    fc.assert(
      fc.property(attempts, fc.integer({ min: 1, max: 20 }), (given, attemptsMin) => {
        const windows = createFailureWindows();
        const all: Record<string, { success: boolean; subject: number | null }[]> = { a: [], b: [] };
        for (const [party, success, subject] of given) {
          windows.note(party, success, subject === null ? undefined : String(subject));
          const known = all[party]
            ?.slice(-20)
            .find((each) => subject !== null && each.subject === subject && !each.success);
          if (known === undefined) all[party]?.push({ success, subject });
          else known.success = success;
        }
        for (const [party, list] of Object.entries(all)) {
          const last = list.slice(-20);
          const failed = last.filter(({ success }) => !success).length;
          const expected = last.length >= attemptsMin && failed > last.length / 2;
          expect(windows.fails(party, attemptsMin)).toBe(expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('says nothing of a party before it has been given ten attempts', () => {
    const windows = createFailureWindows();
    for (let number = 0; number < 9; number += 1) windows.note('a', false);
    expect(windows.fails('a')).toBe(false);
    windows.note('a', false);
    expect([windows.fails('a'), windows.fails('b')]).toEqual([true, false]);
  });

  test('is copied with what it knows, and not with what it learns', () => {
    const windows = createFailureWindows();
    for (let number = 0; number < 10; number += 1) windows.note('a', false);
    const copy = windows.copy();
    for (let number = 0; number < 20; number += 1) windows.note('a', true);
    expect([windows.fails('a'), copy.fails('a')]).toEqual([false, true]);
  });
});
