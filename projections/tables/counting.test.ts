import { expect, it } from 'vitest';
import { counting } from './counting.ts';

it('begins at nothing, adds, and leaves nothing at zero', () => {
  const [up, down] = [counting('yubls', 2), counting('yubls', -2)];
  expect(up(undefined)).toEqual({ yubls: 2 });
  expect(up({ yubls: 3 })).toEqual({ yubls: 5 });
  expect(down({ yubls: 2 })).toBeUndefined();
  // What takes back may come before what it takes back: the two cancel each other in any order.
  expect(up(down(undefined))).toBeUndefined();
});
