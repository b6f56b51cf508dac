import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomRuns } from './random-runs.ts';
import type { LegacyMemory, LegacyRelationship } from '../legacy-memory.ts';

export interface LegacyMemoryUnderTest {
  readonly memory: LegacyMemory;
  /** Closes it and reopens the same data. */
  reopen(): Promise<LegacyMemoryUnderTest>;
  /** Closes it and removes its data. */
  remove(): Promise<void>;
}

/** The behaviour of every legacy memory. `open` returns an empty one. */
export function legacyMemoryContract(open: () => Promise<LegacyMemoryUnderTest>, runs = randomRuns(25)): void {
  describe('a legacy memory', () => {
    let subject: LegacyMemoryUnderTest;
    beforeEach(async () => void (subject = await open()));
    afterEach(() => subject.remove());

    test('recalls what it remembered, by relationship', async () => {
      await subject.memory.remember([versionOf(1, 1), versionOf(2, 1)]);
      expect(await subject.memory.recall([idOf(1), idOf(2)])).toEqual(
        new Map([
          [idOf(1), [versionOf(1, 1)]],
          [idOf(2), [versionOf(2, 1)]],
        ]),
      );
    });

    test('leaves out what it does not know, and what was not asked for', async () => {
      await subject.memory.remember([versionOf(1, 1), versionOf(2, 1)]);
      expect([...(await subject.memory.recall([idOf(2), idOf(3)])).keys()]).toEqual([idOf(2)]);
      expect(await subject.memory.recall([])).toEqual(new Map());
    });

    test('returns all versions, oldest first, in whatever order they came', async () => {
      await subject.memory.remember([versionOf(1, 3), versionOf(1, 1)]);
      await subject.memory.remember([versionOf(1, 2)]);
      const known = await subject.memory.recall([idOf(1)]);
      expect(known.get(idOf(1))).toEqual([versionOf(1, 1), versionOf(1, 2), versionOf(1, 3)]);
    });

    test('does not change when it remembers the same again', async () => {
      await subject.memory.remember([versionOf(1, 1), versionOf(1, 1)]);
      await subject.memory.remember([versionOf(1, 1)]);
      expect((await subject.memory.recall([idOf(1)])).get(idOf(1))).toEqual([versionOf(1, 1)]);
    });

    test('recalls what it is still remembering', async () => {
      const told = subject.memory.remember([versionOf(1, 1)]);
      expect((await subject.memory.recall([idOf(1)])).get(idOf(1))).toEqual([versionOf(1, 1)]);
      await told;
    });

    test('still knows everything after it was closed and opened', async () => {
      await subject.memory.remember([versionOf(1, 1), versionOf(1, 2)]);
      subject = await subject.reopen();
      expect((await subject.memory.recall([idOf(1)])).get(idOf(1))).toEqual([versionOf(1, 1), versionOf(1, 2)]);
    });

    test('agrees with a map in memory after any history', async () => {
      const told = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 })), { maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(fc.array(told, { maxLength: 6 }), async (history) => {
          const tried = await open();
          try {
            for (const pairs of history) await tried.memory.remember(pairs.map(([id, at]) => versionOf(id, at)));
            const ids = [1, 2, 3, 4, 5].map(idOf);
            expect(await tried.memory.recall(ids)).toEqual(modelOf(history.flat()));
          } finally {
            await tried.remove();
          }
        }),
        { numRuns: runs },
      );
    });
  });
}

function modelOf(told: readonly (readonly [number, number])[]): Map<string, LegacyRelationship[]> {
  const known = new Map<string, LegacyRelationship[]>();
  for (const id of [1, 2, 3, 4]) {
    const times = new Set(told.filter(([one]) => one === id).map(([, at]) => at));
    const versions = [...times].toSorted((a, b) => a - b).map((at) => versionOf(id, at));
    if (versions.length > 0) known.set(idOf(id), versions);
  }
  return known;
}

function idOf(number: number): string {
  return number.toString(16).padStart(24, 'a');
}

// The members follow from the version's number, so that one version never has two contents.
function versionOf(relationship: number, at: number): LegacyRelationship {
  return {
    relationshipId: idOf(relationship),
    version: `${String(at).padStart(20, '0')}/token-${at}`,
    followerId: idOf(1000 + at),
    followeeId: idOf(2000 + at),
  };
}
