import type { Steps } from './next-steps.ts';

/** Files of a new part of the system, for its author to change, and what to do with them. */
export interface Starter {
  /** Text by path, relative to the folder of the project. */
  readonly files: ReadonlyMap<string, string>;
  readonly nextSteps: Steps;
}
