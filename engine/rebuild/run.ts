import { FigtreeError, isFigtreeError } from '../../events/errors.ts';

/** What every rebuild says of itself, wherever an engine keeps it: enough, with what the engine adds, for the same command to
 *  continue after any end. */
export interface RebuildRun<Stage extends string = string> {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  stage: Stage;
  /** How long it has worked, over all its runs. */
  seconds: number;
  /** Why the last run ended, if it failed. */
  error?: { readonly code: string; readonly message: string };
}

/** What the steps of a rebuild are given besides what their engine knows. */
export interface RunningRebuild {
  /** Makes the state durable as it is now. */
  save(): Promise<void>;
  /** How long the rebuild has worked, over all its runs. */
  seconds(): number;
}

/** Works until the stage is done and resolves with the next one, or with undefined if the signal ended it. Whatever it changes
 *  in the state becomes durable with the next stage, in one write. */
type RebuildStep<Stage> = () => Promise<Stage | undefined>;

/** What an engine does in each stage but the last ones. */
export type RebuildSteps<Stage extends string> = Readonly<Partial<Record<Stage, RebuildStep<Stage>>>>;

export interface RebuildWork<Stage extends string> {
  /** The last stages. */
  readonly ends: readonly Stage[];
  readonly steps: (running: RunningRebuild) => RebuildSteps<Stage>;
  /** Durable before anything continues: after any end the rebuild is found as it was saved last. */
  readonly save: () => Promise<void> | void;
  readonly signal: AbortSignal;
}

/** Takes a rebuild from the stage where it stands to an end. Resolves with false if the signal ended it before. Rejects with what
 *  a step fails by; the state says how far it came, and the same rebuild continues from there. */
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
