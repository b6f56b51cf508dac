import type { Random } from './input.ts';

/** Something that can go wrong, and a story in which it does. After it nobody may be able to tell. */
export interface Fault {
  readonly name: string;
  /** What holds in spite of it; the title of its test. */
  readonly title: string;
  /** Why it is not played unless somebody names it. */
  readonly pending?: string;
  /** Rejects with what is not as it has to be. */
  play(stage: Stage): Promise<void | Skipped>;
}

/** The machine cannot do what the story takes. */
export interface Skipped {
  readonly skipped: string;
}

export interface Stage {
  /** Empty, removed afterwards. */
  readonly root: string;
  /** The data folder in it, which is not there yet. */
  readonly folder: string;
  /** Draws the same story for the same seed. Only moments differ, because they are those of other processes. */
  readonly random: Random;
  readonly seed: number;
  /** Little input and few rounds, for a test among others. */
  readonly short: boolean;
  print(line: string): void;
}
