import { expect, test } from 'vitest';
import { isFigtreeError } from '../../events/errors.ts';
import { openTailPlaces } from './tail-places.ts';

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return isFigtreeError(error) ? error.code : String(error);
  }
}

test('a credential has so many places, whatever others have, and each is given back once', () => {
  const places = openTailPlaces(2);
  const giveBack = places.take('one');
  places.take('one');
  expect(codeOf(() => places.take('one'))).toBe('TOO_MANY_TAILS');
  expect(codeOf(() => places.take('other'))).toBeUndefined();
  giveBack();
  giveBack();
  expect(codeOf(() => places.take('one'))).toBeUndefined();
  expect(codeOf(() => places.take('one'))).toBe('TOO_MANY_TAILS');
});
