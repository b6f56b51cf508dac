import { FigtreeError, isFigtreeError } from '../events/errors.ts';
import type { ProjectionName } from '../ports/progress.ts';
import type { ProjectionRebuild, RebuildGate, RebuildState, Verification } from './rebuild-state.ts';

/** What an engine does for a rebuild. Each part may be ended by the rebuild's signal: then it resolves with what it has. */
export interface RebuildParts {
  /** Durable before anything goes on: after any end the rebuild is found as it was saved last. */
  save(state: RebuildState): void;
  /** Builds new files of these projections from the beginning of the log, up to `upTo` or as far as memory allows. A file is
   *  there when it is whole; those that are not named in the result are not. */
  build(
    names: readonly ProjectionName[],
    upTo: number,
    state: RebuildState,
  ): Promise<ReadonlyMap<ProjectionName, BuiltFile>>;
  /** Where the projection is to get: where the live one stands, or the end of the log. */
  target(name: ProjectionName): Promise<number>;
  /** Applies the log to a whole file, from its own checkpoint up to the target. */
  catchUp(projection: ProjectionRebuild, state: RebuildState): Promise<BuiltFile>;
  /** Looks through a whole file. */
  verify(projection: ProjectionRebuild): Promise<Verified>;
  /** Share of answers, in percent, that the new file and somebody else give alike. */
  compare(projection: ProjectionRebuild, gate: RebuildGate): Promise<{ percent: number; holds: boolean }>;
  /** Makes the new files the live ones, all of them at one moment. */
  swap(state: RebuildState): Promise<ReadonlyMap<ProjectionName, number>>;
  readonly signal: AbortSignal;
}

export interface BuiltFile {
  readonly position: number;
  readonly parked: number;
}

export interface Verified extends Verification {
  /** What cannot be, in words. */
  readonly broken: readonly string[];
}

// The live projection goes on meanwhile. What it is ahead at the end the swap takes.
const CLOSE_POSITIONS = 2000;
const ROUNDS_MAX = 10;

/** Takes a rebuild from where it stands to its end: build → catch up → verify → gate → swap. Resolves with false if the signal
 *  ended it before. Rejects with REBUILD_STOPPED, REBUILD_INVALID or REBUILD_NOT_PROMOTED, or with what the machinery fails by;
 *  the state says how far it came, and the same rebuild goes on from there. */
export async function runRebuild(state: RebuildState, parts: RebuildParts): Promise<boolean> {
  delete state.error;
  const startedMs = performance.now();
  const before = state.seconds;
  const save = () => {
    state.seconds = before + (performance.now() - startedMs) / 1000;
    parts.save(state);
  };
  try {
    save();
    const done = await stages(state, parts, save);
    save();
    return done;
  } catch (error) {
    // Whoever was to make the swap ends as well.
    if (parts.signal.aborted && isFigtreeError(error, 'SHUTTING_DOWN')) return false;
    const message = error instanceof Error ? error.message : String(error);
    state.error = { code: isFigtreeError(error) ? error.code : 'INTERNAL', message };
    save();
    throw error;
  }
}

async function stages(state: RebuildState, parts: RebuildParts, save: () => void): Promise<boolean> {
  const { signal } = parts;
  const ended = () => signal.aborted;
  if (state.stage === 'building') {
    await buildMissing(state, parts, save);
    if (ended()) return false;
    await Promise.all(state.projections.map((projection) => finishFile(projection, { state, parts, save })));
    if (ended()) return false;
    await passGate(state, parts);
    if (ended()) return false;
    state.stage = state.options.swap ? 'swapping' : 'built';
    save();
  }
  if (state.stage !== 'swapping') return true;
  const positions = await parts.swap(state);
  for (const projection of state.projections)
    projection.position = positions.get(projection.name) ?? projection.position;
  state.stage = 'swapped';
  return true;
}

async function buildMissing(state: RebuildState, parts: RebuildParts, save: () => void): Promise<void> {
  const missing = state.projections.filter(({ stage }) => stage === 'build');
  if (missing.length === 0) return;
  for (const projection of missing) projection.target = await parts.target(projection.name);
  // One reading of the log serves them all, and each goes on by itself from where that ends.
  const upTo = Math.min(...missing.map(({ target }) => target));
  const built = await parts.build(
    missing.map(({ name }) => name),
    upTo,
    state,
  );
  for (const projection of missing) {
    const file = built.get(projection.name);
    // Without a file, what was in memory is gone.
    if (file === undefined) projection.position = 0;
    else Object.assign(projection, file, { stage: 'catch-up' });
  }
  save();
}

interface Work {
  readonly state: RebuildState;
  readonly parts: RebuildParts;
  readonly save: () => void;
}

/** Catches up and verifies one file. */
async function finishFile(projection: ProjectionRebuild, { state, parts, save }: Work): Promise<void> {
  const { signal } = parts;
  for (let round = 0; round < ROUNDS_MAX && projection.stage === 'catch-up' && !signal.aborted; round += 1) {
    projection.target = Math.max(projection.target, await parts.target(projection.name));
    const behind = projection.target - projection.position;
    // At 0 nothing was built, and the file is made by the first round.
    const isMade = projection.position > 0 || round > 0;
    if (isMade && (behind <= 0 || (round > 0 && behind <= CLOSE_POSITIONS))) break;
    Object.assign(projection, await parts.catchUp(projection, state));
    save();
  }
  if (signal.aborted || projection.stage === 'verified') return;
  projection.stage = 'verify';
  save();
  const { broken, ...verification } = await parts.verify(projection);
  if (signal.aborted) return;
  if (broken.length > 0) throw invalid(projection, broken);
  projection.verification = verification;
  projection.stage = 'verified';
  save();
}

function invalid({ name, file }: ProjectionRebuild, broken: readonly string[]): FigtreeError {
  const message = `the new version of ${name} is inconsistent and does not go live: ${broken.join('; ')}`;
  return new FigtreeError('REBUILD_INVALID', message, { projection: name, file, broken });
}

async function passGate(state: RebuildState, parts: RebuildParts): Promise<void> {
  const { gate } = state.options;
  if (gate === undefined) return;
  for (const projection of state.projections) {
    const { percent, holds } = await parts.compare(projection, gate);
    projection.matchPercent = percent;
    if (holds) continue;
    const message = `the new version of ${projection.name} matches ${percent} % of the answers of ${gate.against}, but ${gate.percent} % are required`;
    throw new FigtreeError('REBUILD_NOT_PROMOTED', message, { projection: projection.name, percent });
  }
}
