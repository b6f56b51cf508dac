import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RecordedEvent } from '../events/envelope.ts';
import type { ReadQuery } from '../ports/event-log.ts';
import { positionAt } from './position-at.ts';

/** A log that holds events of these positions, recorded at these times. */
function logOf(recorded: readonly { position: number; ms: number }[]) {
  return {
    head: async () => recorded.at(-1)?.position ?? 0,
    async read({ after, limit }: ReadQuery) {
      const found = recorded.filter(({ position }) => position > after).slice(0, limit);
      const events = found.map(({ position, ms }) => {
        return { position, recordedtime: new Date(ms).toISOString() } as RecordedEvent;
      });
      return { events, position: events.at(-1)?.position ?? after };
    },
  };
}

test('is the last position that was recorded until then, also where positions are missing', async () => {
  const steps = fc.array(fc.record({ positions: fc.integer({ min: 1, max: 3 }), ms: fc.nat(5) }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(120), async (all, instant) => {
      let [position, ms] = [0, 10];
      const recorded = all.map((step) => ({ position: (position += step.positions), ms: (ms += step.ms) }));
      const expected = recorded.findLast((each) => each.ms <= instant)?.position ?? 0;
      const next = recorded.find((each) => each.ms > instant)?.position ?? Infinity;
      const found = await positionAt(logOf(recorded), instant);
      // There is no event between the two.
      expect(found).toBeGreaterThanOrEqual(expected);
      expect(found).toBeLessThan(next);
    }),
  );
});
