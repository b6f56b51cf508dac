import { mkdtempSync, rmSync } from 'node:fs';
import { seededRandom } from '../../apps/seeded-random.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault, Skipped } from './fault.ts';

export interface Play {
  readonly seed: number;
  readonly short: boolean;
  readonly print: (line: string) => void;
}

/** Runs a fault in a separate folder. Rejects with the violated invariant, and with the parameters to run it again. */
export async function playFault(fault: Fault, { seed, short, print }: Play): Promise<Skipped | undefined> {
  const root = mkdtempSync(join(tmpdir(), 'figtree-chaos-'));
  const lines: string[] = [];
  const remember = (line: string) => {
    lines.push(`  ${line}`);
    print(`  ${line}`);
  };
  print(`${fault.name}, seed ${seed}`);
  try {
    const stage = { root, folder: join(root, 'data'), random: seededRandom(seed), seed, short, print: remember };
    return (await fault.play(stage)) ?? undefined;
  } catch (error) {
    const again = `npm run chaos -- --fault ${fault.name} --seed ${seed} --runs 1${short ? ' --short' : ''}`;
    const told = `${error instanceof Error ? error.message : String(error)}\n${lines.join('\n')}`;
    throw new Error(`${fault.name} with seed ${seed}: ${told}\nagain: ${again}`, { cause: error });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
