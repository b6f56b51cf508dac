import type { Door } from './door.ts';
import { bytesInUse, type FuzzedWorld } from './fuzzed-world.ts';
import { httpDoors } from './http-doors.ts';
import { otherDoors } from './other-doors.ts';

export const doors: readonly Door[] = [...httpDoors, ...otherDoors];

export interface Played {
  readonly inputs: number;
  readonly seed: number;
  readonly doors?: readonly Door[];
  /** Reported at the beginning of each door, so that a run that hangs can be repeated. */
  print(line: string): void;
}

/** Runs the doors with their shares of the inputs. Rejects with the effect of the first bad input. */
async function playDoors(world: FuzzedWorld, { inputs, seed, print, doors: asked = doors }: Played): Promise<void> {
  const shares = asked.reduce((sum, { share }) => sum + share, 0);
  for (const door of asked) {
    const count = Math.ceil((door.share * inputs) / shares);
    print(`${door.name}: ${count} inputs, seed ${seed}`);
    await door.play(world, { inputs: count, seed });
  }
}

// Caches are full after the first rounds; memory taken later is a leak.
const GROWTH_BYTES_MAX = 24 * 1024 * 1024;

/** Rejects if `rounds` rounds permanently take more memory than the first ones, which fill caches. */
export async function playRounds(world: FuzzedWorld, rounds: number, played: Played): Promise<void> {
  const inputs = Math.ceil(played.inputs / rounds);
  const warm = Math.max(1, Math.floor(rounds / 3));
  let atFirst = 0;
  for (let round = 0; round < rounds; round += 1) {
    // Far apart, because a door counts on from its seed.
    await playDoors(world, { ...played, inputs, seed: played.seed + round * 1_000_000 });
    const bytes = await bytesInUse();
    if (round + 1 === warm) atFirst = bytes;
    played.print(
      `${((round + 1) * inputs).toLocaleString('en')} inputs, ${Math.round(bytes / 1024 / 1024)} MiB in use`,
    );
    if (round >= warm && bytes - atFirst > GROWTH_BYTES_MAX) {
      throw new Error(`${bytes - atFirst} bytes more are in use than after the first ${warm * inputs} inputs`);
    }
  }
}
