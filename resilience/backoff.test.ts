import { describe, expect, test } from 'vitest';
import { type Backoff, backoffMs, constantBackoff } from './backoff.ts';

const pauses = (backoff: Backoff, random: number) =>
  [1, 2, 3, 4, 5].map((failures) => backoffMs(failures, backoff, () => random));

describe('pauses', () => {
  test.each<[string, Backoff, readonly number[]]>([
    ['double', { firstMs: 10, jitter: 'none' }, [10, 20, 40, 80, 160]],
    ['up to a limit', { firstMs: 10, maxMs: 50, jitter: 'none' }, [10, 20, 40, 50, 50]],
    ['by a factor', { firstMs: 100, factor: 4, jitter: 'none' }, [100, 400, 1600, 6400, 25_600]],
    ['not at all', constantBackoff(7), [7, 7, 7, 7, 7]],
  ])('grow: %s', (_, backoff, expected) => {
    for (const random of [0, 0.5, 0.999]) expect(pauses(backoff, random)).toEqual(expected);
  });

  test('are anything up to their limit, so that callers that failed together do not meet again', () => {
    const backoff = { firstMs: 10, maxMs: 50 };
    expect(pauses(backoff, 0)).toEqual([0, 0, 0, 0, 0]);
    expect(pauses(backoff, 0.5)).toEqual([5, 10, 20, 25, 25]);
  });

  test('spread by a quarter where they are promised to be about so long', () => {
    const backoff: Backoff = { firstMs: 100, factor: 4, jitter: 'quarter' };
    expect(pauses(backoff, 0).slice(0, 2)).toEqual([75, 300]);
    expect(pauses(backoff, 0.5).slice(0, 2)).toEqual([100, 400]);
    expect(pauses(backoff, 1).slice(0, 2)).toEqual([125, 500]);
  });
});
