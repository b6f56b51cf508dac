import * as fc from 'fast-check';
import type { FuzzedWorld } from './fuzzed-world.ts';

/** An entry point, with its random inputs. */
export interface Door {
  readonly name: string;
  /** How many of 10,000 inputs go here. */
  readonly share: number;
  /** Rejects with the input, the violation, and the seed that reproduces it. */
  play(world: FuzzedWorld, run: { readonly inputs: number; readonly seed: number }): Promise<void>;
}

export interface DoorParts<Input> {
  readonly name: string;
  readonly share: number;
  /** How many inputs are in progress at once. */
  readonly together: number;
  inputs(world: FuzzedWorld): fc.Arbitrary<Input>;
  /** Rejects if the input violates a rule. */
  enter(input: Input, world: FuzzedWorld): Promise<void>;
}

export function door<Input>({ name, share, together, inputs, enter }: DoorParts<Input>): Door {
  return {
    name,
    share,
    async play(world, { inputs: count, seed }) {
      const batch = fc.array(inputs(world), { minLength: 1, maxLength: together, size: 'max' });
      let played = 0;
      const property = fc.asyncProperty(batch, async (all) => {
        played += all.length;
        await Promise.all(all.map((input) => enter(input, world)));
      });
      for (let round = 0; played < count; round += 1) {
        const runs = Math.ceil((count - played) / together);
        await fc.assert(property, { numRuns: runs, seed: seed + round, interruptAfterTimeLimit: 600_000 });
      }
      await world.requireHealth();
    },
  };
}
