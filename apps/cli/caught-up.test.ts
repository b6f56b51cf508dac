import { expect, test } from 'vitest';
import type { ProjectionStatus } from '../../ports/progress.ts';
import { caughtUp } from './caught-up.ts';

const status = (name: 'feed' | 'search', state: ProjectionStatus['state']): ProjectionStatus => ({
  name,
  version: 1,
  position: 3,
  lagEvents: 1,
  lagSeconds: 0,
  worstKeyRange: { range: 0, lagEvents: 0, lagSeconds: 0 },
  parked: 0,
  parkedByConsumer: {},
  oldestParkedSeconds: 0,
  discarded: 0,
  state,
});

/** An engine whose projections have these states on successive calls; the last ones stay. */
function engineIn(states: ProjectionStatus[][], { looksUntilReached = Infinity } = {}) {
  let looks = 0;
  return {
    progress: {
      async reached(_name: string, _position: number, timeoutMs: number) {
        await new Promise((resolve) => setTimeout(resolve, timeoutMs / 20));
        return (looks += 1) > looksUntilReached;
      },
    },
    status: async () => ({ projections: states[Math.min(looks, states.length) - 1] ?? [] }),
  };
}

const signal = new AbortController().signal;

test('a projection that continues is waited for, however often it stops', async () => {
  const stopped = [status('feed', 'stopped'), status('search', 'catching-up')];
  const other = [status('feed', 'catching-up'), status('search', 'stopped')];
  const states = Array.from({ length: 30 }, (_, look) => (look % 2 === 0 ? stopped : other));
  const engine = engineIn(states, { looksUntilReached: 30 });
  expect(await caughtUp(engine, 4, { signal, stoppedMsMax: 50 })).toBe(true);
});

test('one that stays stopped ends the wait', async () => {
  const engine = engineIn([[status('feed', 'live'), status('search', 'stopped')]]);
  const start = performance.now();
  await expect(caughtUp(engine, 4, { signal, stoppedMsMax: 100 })).rejects.toMatchObject({
    code: 'CONSUMER_STOPPED',
    details: { projection: 'search' },
  });
  expect(performance.now() - start).toBeGreaterThanOrEqual(100);
});

test('the signal ends the wait', async () => {
  const engine = engineIn([[status('feed', 'catching-up')]]);
  expect(await caughtUp(engine, 4, { signal: AbortSignal.timeout(30) })).toBe(false);
});
