import type { Random } from './input.ts';

/** A fault, and a story in which it occurs. Afterwards no trace of it may be left. */
export interface Fault {
  readonly name: string;
  /** The invariant; the title of its test. */
  readonly title: string;
  /** Left to `npm run chaos`: the tests have no time for it. */
  readonly apart?: true;
  /** Rejects with the violated invariant. */
  play(stage: Stage): Promise<void | Skipped>;
}

/** The machine cannot do what the story needs. */
export interface Skipped {
  readonly skipped: string;
}

export interface Stage {
  /** Empty, removed afterwards. */
  readonly root: string;
  /** The data folder in it, which does not exist yet. */
  readonly folder: string;
  /** Draws the same story for the same seed. Only timing differs, because it depends on other processes. */
  readonly random: Random;
  readonly seed: number;
  /** Little input and few rounds, for a test among others. */
  readonly short: boolean;
  print(line: string): void;
}
