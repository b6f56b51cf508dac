import { describe, expect, test } from 'vitest';
import { createSemaphore } from './semaphore.ts';

interface Holder {
  readonly name: string;
  readonly bytes: number;
}

function open(max: { count: number; bytes?: number }) {
  const semaphore = createSemaphore<Holder>(max);
  const entered: string[] = [];
  const acquire = (...holders: Holder[]) => semaphore.acquire(holders, ({ name }) => void entered.push(name));
  return { semaphore, entered, acquire };
}
const holder = (name: string, bytes = 0): Holder => ({ name, bytes });

describe('a semaphore', () => {
  test('admits up to its limits, immediately if they fit, and the others in order', () => {
    const { semaphore, entered, acquire } = open({ count: 2 });
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => holder(name)) as [Holder, Holder, Holder, Holder];
    acquire(a, b, c);
    acquire(d);
    expect([entered, semaphore.count]).toEqual([['a', 'b'], 2]);
    semaphore.release(b);
    expect(entered).toEqual(['a', 'b', 'c']);
    semaphore.release(a);
    expect(entered).toEqual(['a', 'b', 'c', 'd']);
  });

  test('weighs bytes, and nothing small passes by something large that waits', () => {
    const { semaphore, entered, acquire } = open({ count: 10, bytes: 100 });
    const first = holder('first', 60);
    acquire(first);
    acquire(holder('large', 50));
    acquire(holder('small', 1));
    expect([entered, semaphore.bytes]).toEqual([['first'], 60]);
    semaphore.release(first);
    expect([entered, semaphore.bytes]).toEqual([['first', 'large', 'small'], 51]);
  });

  test('lets in what is larger than its limit when nothing else is there', () => {
    const { entered, acquire } = open({ count: 10, bytes: 100 });
    acquire(holder('huge', 1000));
    acquire(holder('other', 1));
    expect(entered).toEqual(['huge']);
  });

  test('keeps the order if an admitted holder is released immediately', () => {
    const semaphore = createSemaphore<Holder>({ count: 1 });
    const entered: string[] = [];
    semaphore.acquire(
      ['a', 'b', 'c'].map((name) => holder(name)),
      (each) => {
        entered.push(each.name);
        semaphore.release(each);
      },
    );
    expect([entered, semaphore.count]).toEqual([['a', 'b', 'c'], 0]);
  });

  test('lets in everything once it is opened', () => {
    const { semaphore, entered, acquire } = open({ count: 1 });
    acquire(holder('a'), holder('b'));
    semaphore.open();
    acquire(holder('c'));
    expect(entered).toEqual(['a', 'b', 'c']);
  });
});
