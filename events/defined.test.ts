import { expect, expectTypeOf, test } from 'vitest';
import { defined } from './defined.ts';

test('leaves out what is undefined, and nothing else', () => {
  const absent: number | undefined = undefined;
  const fields = { a: 1 as number | undefined, b: absent as number | undefined, c: null, d: '', e: false };
  expect(Object.entries(defined(fields))).toEqual([
    ['a', 1],
    ['c', null],
    ['d', ''],
    ['e', false],
  ]);
  expectTypeOf(defined(fields)).toMatchTypeOf<{ a?: number; b?: number; c: null; d: string; e: boolean }>();
});
