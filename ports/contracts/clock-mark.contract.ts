import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sequenceOf } from '../../events/sequence.ts';
import type { ClockMark } from '../clock-mark.ts';

export interface ClockMarkUnderTest {
  readonly mark: ClockMark;
  /** Closes it and reopens the same data. */
  reopen(): Promise<ClockMarkUnderTest>;
  /** Closes it and removes its data. */
  remove(): Promise<void>;
}

/** The behaviour of every clock mark. `open` returns an empty one. */
export function clockMarkContract(open: () => Promise<ClockMarkUnderTest>): void {
  describe('a clock mark', () => {
    let subject: ClockMarkUnderTest;
    beforeEach(async () => void (subject = await open()));
    afterEach(() => subject.remove());

    test('has nothing at first', async () => {
      expect(await subject.mark.load()).toBeUndefined();
    });

    test('keeps the newest, in whatever order they are saved, also when it is opened again', async () => {
      const [old, newer, newest] = [sequenceOf(9, 7), sequenceOf(10, 1), sequenceOf(10, 2)] as const;
      await Promise.all([newer, newest, old].map((sequence) => subject.mark.save(sequence)));
      expect(await subject.mark.load()).toBe(newest);
      subject = await subject.reopen();
      await subject.mark.save(old);
      expect(await subject.mark.load()).toBe(newest);
    });

    test('drops an invalid sequence, which a clock beyond 2106 has left in an earlier release', async () => {
      await subject.mark.save(`4606289600${'0'.repeat(11)}`);
      const right = sequenceOf(1_767_261_600, 1);
      await subject.mark.save(right);
      await subject.mark.save(sequenceOf(1_767_261_600, 0));
      expect(await subject.mark.load()).toBe(right);
    });
  });
}
