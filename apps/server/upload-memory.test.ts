import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openUploadMemory } from './upload-memory.ts';

function openMemory(total: number, callerMax = total) {
  const memory = openUploadMemory({ total, callerMax });
  return (caller?: string) => {
    const share = memory.open(caller);
    let granted = 0;
    return {
      granted: () => granted,
      grow: (bytes: number) => void share.grow(bytes).then(() => (granted = bytes)),
      close: () => share.close(),
    };
  };
}

describe('the memory for uploads', () => {
  test('counts what has come, and makes others wait once it is full', async () => {
    const open = openMemory(10);
    const [one, other] = [open(), open()];
    one.grow(6);
    other.grow(4);
    await nextTurn();
    expect([one.granted(), other.granted()]).toEqual([6, 4]);
    other.grow(5);
    await nextTurn();
    expect(other.granted()).toBe(4);
    one.close();
    await nextTurn();
    expect(other.granted()).toBe(5);
  });

  test('goes to the older upload first', async () => {
    const open = openMemory(10);
    const [first, older, younger] = [open(), open(), open()];
    first.grow(9);
    younger.grow(2);
    older.grow(10);
    first.close();
    await nextTurn();
    expect([older.granted(), younger.granted()]).toEqual([10, 0]);
    older.close();
    await nextTurn();
    expect(younger.granted()).toBe(2);
  });

  test('lets only the oldest exceed the limit where all wait for each other', async () => {
    const open = openMemory(10);
    const all = [open(), open(), open()];
    const sizes = () => all.map((one) => one.granted());
    for (const [index, bytes] of [4, 3, 3].entries()) all[index]?.grow(bytes);
    await nextTurn();
    for (const one of all) one.grow(5);
    await nextTurn();
    expect(sizes()).toEqual([5, 3, 3]);
    all[0]?.grow(8);
    await nextTurn();
    expect(sizes()).toEqual([8, 3, 3]);
    all[0]?.close();
    await nextTurn();
    expect(sizes()).toEqual([8, 5, 5]);
  });

  test('limits one caller to its part, and leaves the rest to others meanwhile', async () => {
    const open = openMemory(10, 6);
    const [greedy, more, other] = [open('a'), open('a'), open('b')];
    greedy.grow(6);
    more.grow(1);
    other.grow(4);
    await nextTurn();
    expect([greedy.granted(), more.granted(), other.granted()]).toEqual([6, 0, 4]);
    greedy.close();
    await nextTurn();
    expect(more.granted()).toBe(1);
  });
});
