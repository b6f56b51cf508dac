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

/** The operations on the files of a rebuild. Each stops if the signal is aborted, and then resolves with its partial result. */
export interface RebuildParts {
  /** Builds new files of these projections from the beginning of the log, up to `upTo` or as far as memory allows. The result
   *  contains the complete files. */
  build(names: readonly ProjectionName[], upTo: number): Promise<ReadonlyMap<ProjectionName, BuiltFile>>;
  /** The position that the projection has to reach: that of the live one, or the end of the log. */
  target(name: ProjectionName): Promise<number>;
  /** Applies the log to a complete file, from its own checkpoint up to the target. */
  catchUp(projection: ProjectionRebuild): Promise<BuiltFile>;
  /** Audits a complete file. */
  verify(projection: ProjectionRebuild): Promise<Verified>;
  /** Compares the answers of the new file with another system's. */
  compare(projection: ProjectionRebuild, gate: RebuildGate): Promise<Compared>;
  /** Makes all new files live at once. */
  swap(): Promise<ReadonlyMap<ProjectionName, number>>;
  readonly signal: AbortSignal;
}

export interface BuiltFile {
  readonly position: number;
  readonly parked: number;
}

// The live projection makes progress meanwhile. The swap applies the remaining events.
const CLOSE_POSITIONS = 2000;
const ROUNDS_MAX = 10;

/** The stages of a rebuild in a data folder: building (build → catch up → verify → gate), then the swap. They reject with
 *  REBUILD_STOPPED, REBUILD_INVALID or REBUILD_NOT_PROMOTED, or with the error of a thread or of storage. */
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
  // All are built in one pass over the log; then each catches up separately.
  const upTo = Math.min(...missing.map(({ target }) => target));
  const names = missing.map(({ name }) => name);
  const built = await parts.build(names, upTo);
  for (const projection of missing) {
    const file = built.get(projection.name);
    // Without a file, the build in memory is lost.
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
    // At position 0 nothing was built, and the first round creates the file.
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
