import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFifo } from './fifo.ts';

// Beyond 256 items the space of removed ones is released.
const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 300 })), { maxLength: 12 });

test('agrees with an array after any pushes and shifts', () => {
  fc.assert(
    fc.property(steps, (given) => {
      const fifo = createFifo<number>();
      const model: number[] = [];
      let next = 0;
      for (const [isPush, times] of given) {
        for (let time = 0; time < times; time += 1) {
          if (isPush) {
            fifo.push(next);
            model.push(next++);
          } else expect(fifo.shift()).toBe(model.shift());
        }
        expect([fifo.length, fifo.first(), fifo.last(), [...fifo]]).toEqual([
          model.length,
          model[0],
          model.at(-1),
          model,
        ]);
      }
    }),
    { numRuns: 20 },
  );
});
