import { FigtreeError, isFigtreeError } from '../../events/errors.ts';

/** The state that every rebuild has, wherever an engine keeps it. Together with the fields that the engine adds, it is enough
 *  for the same command to continue after any interruption. */
export interface RebuildRun<Stage extends string = string> {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  stage: Stage;
  /** Total running time, over all its runs. */
  seconds: number;
  /** Why the last run ended, if it failed. */
  error?: { readonly code: string; readonly message: string };
}

/** Passed to the steps of a rebuild. */
export interface RunningRebuild {
  /** Makes the current state durable. */
  save(): Promise<void>;
  /** Total running time, over all its runs. */
  seconds(): number;
}

/** Runs until the stage is complete and resolves with the next one, or with undefined if the signal was aborted. Its changes to
 *  the state become durable together with the next stage, in one write. */
type RebuildStep<Stage> = () => Promise<Stage | undefined>;

/** What an engine does in each stage but the last ones. */
export type RebuildSteps<Stage extends string> = Readonly<Partial<Record<Stage, RebuildStep<Stage>>>>;

export interface RebuildWork<Stage extends string> {
  /** The last stages. */
  readonly ends: readonly Stage[];
  readonly steps: (running: RunningRebuild) => RebuildSteps<Stage>;
  /** Makes the state durable. Awaited before the rebuild continues, so a crash loses no saved stage. */
  readonly save: () => Promise<void> | void;
  readonly signal: AbortSignal;
}

/** Runs a rebuild from its current stage to a final one. Resolves with false if the signal was aborted before that. Rejects with
 *  the error of a failed step; the state then holds the progress, and the same rebuild continues from there. */
export async function runRebuild<Stage extends string>(
  state: RebuildRun<Stage>,
  { ends, steps: stepsOf, save: write, signal }: RebuildWork<Stage>,
): Promise<boolean> {
  const seconds = stopwatch(state.seconds);
  const save = async () => {
    state.seconds = seconds();
    await write();
  };
  const steps = stepsOf({ save, seconds });
  delete state.error;
  try {
    await save();
    while (!ends.includes(state.stage)) {
      const step = steps[state.stage];
      // A newer program may know the stage.
      if (step === undefined)
        throw new FigtreeError('DATA_NEWER', `this version knows no stage ${state.stage} of a rebuild`);
      const next = signal.aborted ? undefined : await step();
      if (next !== undefined) state.stage = next;
      await save();
      if (next === undefined) return false;
    }
    return true;
  } catch (error) {
    // The process that was to make the swap may end for the same reason.
    const isEnded = signal.aborted && (error === signal.reason || isFigtreeError(error, 'SHUTTING_DOWN'));
    const message = error instanceof Error ? error.message : String(error);
    if (!isEnded) state.error = { code: isFigtreeError(error) ? error.code : 'INTERNAL', message };
    // The failure itself is worth more than that it could not be written down.
    await save().catch(() => {});
    if (isEnded) return false;
    throw error;
  }
}

function stopwatch(secondsBefore: number): () => number {
  const startedMs = performance.now();
  return () => secondsBefore + (performance.now() - startedMs) / 1000;
}
