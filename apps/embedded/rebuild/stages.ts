import type { ProjectionName } from '../../../ports/progress.ts';
import type { RebuildSteps, RunningRebuild } from '../../../engine/rebuild/run.ts';
import type { ProjectionRebuild, RebuildStage, RebuildState } from '../../../engine/rebuild/state.ts';
import {
  type Compared,
  noteVerified,
  passGate,
  type RebuildGate,
  type Verified,
} from '../../../engine/rebuild/verification.ts';

/** What is done to the files of a rebuild. Each part may be ended by the signal: then it resolves with what it has. */
export interface RebuildParts {
  /** Builds new files of these projections from the beginning of the log, up to `upTo` or as far as memory allows. A file is
   *  there when it is whole; those that are not named in the result are not. */
  build(names: readonly ProjectionName[], upTo: number): Promise<ReadonlyMap<ProjectionName, BuiltFile>>;
  /** Where the projection is to get: where the live one stands, or the end of the log. */
  target(name: ProjectionName): Promise<number>;
  /** Applies the log to a whole file, from its own checkpoint up to the target. */
  catchUp(projection: ProjectionRebuild): Promise<BuiltFile>;
  /** Looks through a whole file. */
  verify(projection: ProjectionRebuild): Promise<Verified>;
  /** Compares the new file with another system. */
  compare(projection: ProjectionRebuild, gate: RebuildGate): Promise<Compared>;
  /** Makes the new files the live ones, all of them at one moment. */
  swap(): Promise<ReadonlyMap<ProjectionName, number>>;
  readonly signal: AbortSignal;
}

export interface BuiltFile {
  readonly position: number;
  readonly parked: number;
}

// The live projection moves meanwhile. What it is ahead at the end, the swap applies.
const CLOSE_POSITIONS = 2000;
const ROUNDS_MAX = 10;

/** The stages of a rebuild in a data folder: building (build → catch up → verify → gate), then the swap. Reject with
 *  REBUILD_STOPPED, REBUILD_INVALID or REBUILD_NOT_PROMOTED, or with what the machinery fails by. */
export function rebuildSteps(
  state: RebuildState,
  parts: RebuildParts,
  { save }: Pick<RunningRebuild, 'save'>,
): RebuildSteps<RebuildStage> {
  const { signal } = parts;
  return {
    async building() {
      await buildMissing(state, parts);
      await save();
      if (signal.aborted) return undefined;
      await Promise.all(state.projections.map((projection) => finishFile(projection, { parts, save })));
      if (signal.aborted) return undefined;
      await passGates(state, parts);
      if (signal.aborted) return undefined;
      return state.options.swap ? 'swapping' : 'built';
    },
    async swapping() {
      const positions = await parts.swap();
      for (const projection of state.projections)
        projection.position = positions.get(projection.name) ?? projection.position;
      return 'swapped';
    },
  };
}

async function passGates({ options: { gate }, projections }: RebuildState, parts: RebuildParts): Promise<void> {
  if (gate === undefined) return;
  for (const projection of projections) passGate(projection, gate, await parts.compare(projection, gate));
}

async function buildMissing(state: RebuildState, parts: RebuildParts): Promise<void> {
  const missing = state.projections.filter(({ stage }) => stage === 'build');
  if (missing.length === 0) return;
  for (const projection of missing) projection.target = await parts.target(projection.name);
  // One reading of the log serves them all, and each continues by itself from where that ends.
  const upTo = Math.min(...missing.map(({ target }) => target));
  const names = missing.map(({ name }) => name);
  const built = await parts.build(names, upTo);
  for (const projection of missing) {
    const file = built.get(projection.name);
    // Without a file, what was in memory is gone.
    if (file === undefined) projection.position = 0;
    else Object.assign(projection, file, { stage: 'catch-up' });
  }
}

interface FileWork extends Pick<RunningRebuild, 'save'> {
  readonly parts: RebuildParts;
}

/** Catches up and verifies one file. */
async function finishFile(projection: ProjectionRebuild, { parts, save }: FileWork): Promise<void> {
  const { signal } = parts;
  for (let round = 0; round < ROUNDS_MAX && projection.stage === 'catch-up' && !signal.aborted; round += 1) {
    projection.target = Math.max(projection.target, await parts.target(projection.name));
    const behind = projection.target - projection.position;
    // At 0 nothing was built, and the file is made by the first round.
    const isMade = projection.position > 0 || round > 0;
    if (isMade && (behind <= 0 || (round > 0 && behind <= CLOSE_POSITIONS))) break;
    Object.assign(projection, await parts.catchUp(projection));
    await save();
  }
  if (signal.aborted || projection.stage === 'verified') return;
  projection.stage = 'verify';
  await save();
  const verified = await parts.verify(projection);
  if (signal.aborted) return;
  noteVerified(projection, verified, { file: projection.file });
  projection.stage = 'verified';
  await save();
}
