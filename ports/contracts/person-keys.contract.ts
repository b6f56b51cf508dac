import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import type { PersonKeyReader, PersonKeys } from '../person-keys.ts';
import { idOf } from './sample-events.ts';

export interface PersonKeysUnderTest {
  readonly keys: PersonKeys;
  /** The reading half as another thread or process has it. */
  openReader(): PersonKeyReader;
  /** Fills the disk. Returns the function that frees it. */
  fill(): () => void;
  /** Closes it and reopens the same data. */
  reopen(): PersonKeysUnderTest;
  /** Closes it and removes its data. */
  remove(): void;
}

const [ada, bob] = [idOf(1), idOf(2)] as const;
const PLACE = 'user-joined userName';

/** The behaviour of every store of person keys. `open` returns an empty one. */
export function personKeysContract(open: () => PersonKeysUnderTest): void {
  describe('keys of persons', () => {
    let subject: PersonKeysUnderTest;
    beforeEach(() => void (subject = open()));
    afterEach(() => subject.remove());
    const sealed = (person: string, text: string) => subject.keys.seal(person, text, PLACE) ?? expect.unreachable();

    test('open what they have sealed, whatever it is', () => {
      const text = fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.nat({ max: 0xffff })).map(ofUnits));
      fc.assert(
        fc.property(fc.constantFrom(ada, bob), text, (person, said) => {
          expect(subject.keys.open(person, sealed(person, said), PLACE)).toBe(said);
        }),
      );
    });

    test('seal the same text in another way each time, and show nothing of it', () => {
      const texts = Array.from({ length: 5000 }, () => sealed(ada, 'something'));
      expect(new Set(texts).size).toBe(5000);
      expect(texts.join()).not.toContain('something');
    });

    test('open nothing of another person', () => {
      sealed(bob, 'x');
      expect(() => subject.keys.open(bob, sealed(ada, 'something'), PLACE)).toThrow(/keys/);
    });

    test('open nothing in another place than it was sealed for', () => {
      const text = sealed(ada, 'something');
      for (const place of ['user-joined firstName', 'yubl-posted text', ''])
        expect(() => subject.keys.open(ada, text, place), place).toThrow(
          expect.objectContaining({ code: 'DATA_DAMAGED' }),
        );
      expect(subject.keys.open(ada, text, PLACE)).toBe('something');
    });

    test('open nothing that was changed', () => {
      const text = sealed(ada, 'something');
      const last = text.at(-10) === 'A' ? 'B' : 'A';
      const changed = text.slice(0, -10) + last + text.slice(-9);
      expect(() => subject.keys.open(ada, changed, PLACE)).toThrow(/keys/);
    });

    test('refuse what was sealed with a key that they never had', () => {
      const text = sealed(ada, 'something');
      subject = subject.reopen();
      expect(() => subject.keys.open(ada, text, PLACE)).toThrow(expect.objectContaining({ code: 'DATA_DAMAGED' }));
    });

    test('are kept once they were saved', () => {
      const text = sealed(ada, 'something');
      subject.keys.save();
      subject = subject.reopen();
      expect(subject.keys.open(ada, text, PLACE)).toBe('something');
      expect(subject.keys.open(ada, sealed(ada, 'more'), PLACE)).toBe('more');
    });

    test('that could not be saved are saved with the next call', () => {
      sealed(bob, 'x');
      subject.keys.save();
      const makeRoom = subject.fill();
      const texts = Array.from({ length: 500 }, (_, number) => sealed(idOf(100 + number), 'something'));
      expect(() => subject.keys.save()).toThrow(expect.objectContaining({ code: 'STORAGE_FULL' }));
      makeRoom();
      subject.keys.save();
      subject = subject.reopen();
      expect(texts.map((text, number) => subject.keys.open(idOf(100 + number), text, PLACE))).toEqual(
        texts.map(() => 'something'),
      );
    });

    test('once destroyed open nothing, seal nothing, and are destroyed forever', () => {
      const [text, other] = [sealed(ada, 'something'), sealed(bob, 'other')];
      subject.keys.save();
      subject.keys.destroy(ada);
      subject.keys.destroy(ada);
      for (const round of [1, 2]) {
        expect(subject.keys.isDestroyed(ada), `round ${round}`).toBe(true);
        expect(subject.keys.open(ada, text, PLACE)).toBeUndefined();
        expect(subject.keys.seal(ada, 'again', PLACE)).toBeUndefined();
        expect(subject.keys.open(bob, other, PLACE)).toBe('other');
        subject = subject.reopen();
      }
    });

    test('may be destroyed before they were saved, and before there was any', () => {
      const text = sealed(ada, 'something');
      subject.keys.destroy(ada);
      subject.keys.destroy(bob);
      subject.keys.save();
      expect(subject.keys.open(ada, text, PLACE)).toBeUndefined();
      expect(subject.keys.seal(bob, 'something', PLACE)).toBeUndefined();
    });

    test('are destroyed several in one call', () => {
      const texts = [sealed(ada, 'something'), sealed(bob, 'other')] as const;
      subject.keys.save();
      subject.keys.destroy(ada, bob);
      expect([subject.keys.open(ada, texts[0], PLACE), subject.keys.open(bob, texts[1], PLACE)]).toEqual([
        undefined,
        undefined,
      ]);
      subject.keys.destroy();
    });

    test('are read beside their writer, and forgotten there with the next catching up', () => {
      const reader = subject.openReader();
      expect(reader.anyDestroyed()).toBe(false);
      const text = sealed(ada, 'something');
      subject.keys.save();
      expect(reader.open(ada, text, PLACE)).toBe('something');
      subject.keys.destroy(ada);
      reader.catchUp();
      expect([reader.open(ada, text, PLACE), reader.isDestroyed(ada), reader.anyDestroyed()]).toEqual([
        undefined,
        true,
        true,
      ]);
      reader.close();
    });
  });
}

/** Units may be halves of surrogate pairs. */
function ofUnits(units: readonly number[]): string {
  return String.fromCharCode(...units);
}
