import { describe, expect, test } from 'vitest';
import { sampleEvent } from '../../ports/contracts/sample-events.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import { HandlerFailure } from './handler-failure.ts';

function failure(position = 1000, consumer = 'a'): HandlerFailure {
  const event = Object.assign(sampleEvent(), { position, recordedtime: '2016-02-22T07:02:00.000Z' });
  return new HandlerFailure(event, consumer, new Error('it fails'));
}

/** Plays one commit: `F` is an attempt that fails, anything else one that succeeds. Returns how many were made before
 *  the breaker requested a rollback, or all of them. */
function commit(breaker: Breaker, attempts: string): { made: number; undone: boolean; opened: boolean } {
  breaker.begin();
  for (const [index, attempt] of [...attempts].entries()) {
    if (attempt !== 'F') breaker.succeeded(['a']);
    else if (breaker.failed(failure())) return { made: index + 1, undone: true, opened: breaker.undone() };
  }
  if (breaker.stillOpenFor() !== undefined) return { made: attempts.length, undone: true, opened: breaker.undone() };
  breaker.committed();
  return { made: attempts.length, undone: false, opened: false };
}

describe('a breaker', () => {
  test.each([
    ['F'.repeat(20), 10],
    ['sF'.repeat(40), undefined],
    ['sFF'.repeat(40), 11],
    ['s'.repeat(30) + 'F'.repeat(30), 41],
    ['FFFFFFFFF', undefined],
    [`${'s'.repeat(99)}F`.repeat(10), undefined],
  ])('opens when more than half of the last 20 attempts failed, of 10 at least: %s', (attempts, opensAt) => {
    const breaker = createBreaker();
    const { made, opened } = commit(breaker, attempts);
    expect([opened, opened ? made : undefined]).toEqual([opensAt !== undefined, opensAt]);
    expect(breaker.open()).toBe(opened);
  });

  test('closes when as much of a probe succeeds as fails, and is quicker to open again after that', () => {
    let now = 7000;
    const breaker = createBreaker(() => now);
    commit(breaker, 'F'.repeat(10));
    now = 8000;
    for (const probe of ['F', 'FFF', 'FFsFF', 'F'.repeat(300)]) expect(commit(breaker, probe).undone).toBe(true);
    expect([breaker.open(), breaker.openSinceMs()]).toEqual([true, 7000]);
    expect(commit(breaker, `s${'F'.repeat(50)}`)).toEqual({ made: 4, undone: true, opened: false });
    expect([breaker.open(), breaker.openSinceMs()]).toEqual([true, 7000]);
    expect(commit(breaker, 's')).toMatchObject({ undone: false });
    expect([breaker.open(), breaker.openSinceMs()]).toEqual([false, undefined]);
    expect(commit(breaker, 'FFF')).toMatchObject({ made: 3, opened: true });
    expect(breaker.openSinceMs()).toBe(8000);
  });

  test('steps over a burst of bad events once as many good ones follow', () => {
    const breaker = createBreaker();
    const burst = 'F'.repeat(60);
    expect(commit(breaker, burst).opened).toBe(true);
    expect(commit(breaker, burst + 's'.repeat(59)).undone).toBe(true);
    expect(commit(breaker, burst + 's'.repeat(60))).toEqual({ made: 120, undone: false, opened: false });
    expect(breaker.open()).toBe(false);
  });

  test('ends a probe after 200 attempts', () => {
    const breaker = createBreaker();
    commit(breaker, 'F'.repeat(10));
    expect(commit(breaker, 'F'.repeat(1000)).made).toBe(200);
  });

  test('forgets what it counted in a commit that was undone for another reason', () => {
    const breaker = createBreaker();
    for (let commits = 0; commits < 5; commits += 1) {
      breaker.begin();
      for (let attempt = 0; attempt < 9; attempt += 1) expect(breaker.failed(failure())).toBe(false);
      expect(breaker.undone()).toBe(false);
    }
  });

  test('counts each consumer for itself', () => {
    const breaker = createBreaker();
    breaker.begin();
    for (let attempt = 0; attempt < 9; attempt += 1) {
      expect(breaker.failed(failure(1, 'a'))).toBe(false);
      expect(breaker.failed(failure(1, 'b'))).toBe(false);
      breaker.succeeded(['c']);
    }
    expect(breaker.failed(failure(1, 'a'))).toBe(true);
  });

  test('blames the events up to a position on request, and none behind it', () => {
    const breaker = createBreaker();
    commit(breaker, 'F'.repeat(10));
    breaker.blameEvents(1000);
    expect(commit(breaker, 'F'.repeat(500))).toEqual({ made: 500, undone: false, opened: false });
    breaker.begin();
    const attempts = Array.from({ length: 10 }, () => breaker.failed(failure(1001)));
    expect(attempts).toEqual([...Array.from({ length: 9 }, () => false), true]);
  });
});
