import { describe, expect, it } from 'vitest';
import type { Progress, ProjectionName } from '../progress.ts';

export interface ProgressUnderTest {
  readonly progress: Progress;
  moveHead(position: number): void;
  moveProjection(projection: ProjectionName, position: number): void;
}

/** The projections of a Progress under test. */
export const progressOf: readonly ProjectionName[] = ['first', 'second', 'third'];

/** The behaviour of every Progress: positions per projection, and waiting for them. */
export function progressContract(name: string, open: () => ProgressUnderTest): void {
  describe(`progress on ${name}`, () => {
    it('begins at 0, where every projection has reached 0 and none has reached 1', async () => {
      const { progress } = open();
      expect(progress.head()).toBe(0);
      for (const projection of progressOf) {
        expect(progress.position(projection)).toBe(0);
        expect(await progress.reached(projection, 0, 0)).toBe(true);
        expect(await progress.reached(projection, 1, 0)).toBe(false);
      }
    });

    it.each(progressOf)('moves %s without the head and without the others', (moved) => {
      const { progress, moveHead, moveProjection } = open();
      moveHead(9);
      moveProjection(moved, 7);
      expect(progress.head()).toBe(9);
      for (const projection of progressOf) expect(progress.position(projection)).toBe(projection === moved ? 7 : 0);
    });

    it('wakes a wait for the head once it is beyond, and not before', async () => {
      const { progress, moveHead } = open();
      moveHead(5);
      expect(await progress.headBeyond(4, 0)).toBe(true);
      expect(await progress.headBeyond(5, 10)).toBe(false);
      const waiting = progress.headBeyond(5, 60_000).then(() => progress.head());
      moveHead(6);
      expect(await waiting).toBeGreaterThanOrEqual(6);
    });

    it.each(progressOf)('wakes a wait for %s once it is there or beyond, and not before', async (projection) => {
      const { progress, moveProjection } = open();
      let told = 0;
      const waiting = [3, 4, 5].map(async (position) => {
        const reached = await progress.reached(projection, position, 60_000);
        expect(progress.position(projection)).toBeGreaterThanOrEqual(position);
        told += 1;
        return reached;
      });
      moveProjection(projection, 2);
      expect(told).toBe(0);
      moveProjection(projection, 3);
      expect(await waiting[0]).toBe(true);
      moveProjection(projection, 8);
      expect(await Promise.all(waiting)).toEqual([true, true, true]);
    });
  });
}
