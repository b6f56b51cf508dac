import { join } from 'node:path';
import {
  type LivePointer,
  type LiveVersion,
  readLivePointer,
  writeLivePointer,
} from '../../../adapters/embedded/projection/live-pointer.ts';
import type { ProgressBoard } from '../../../adapters/embedded/projection/progress-board.ts';
import { removeDatabase } from '../../../adapters/embedded/files/sqlite.ts';
import type { SwapRequest, SwapResult } from '../../../engine/swap.ts';
import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { pause as rest } from '../../../resilience/clock.ts';
import type { Logger } from '../../logger.ts';
import { projectionNames } from '../../projections/registry.ts';
import type { LiveReaders, PreparedReaders } from './live-readers.ts';
import type { ProjectionHost } from './projection-host.ts';
import type { ProjectionVersion } from './projection-version.ts';

export interface SwapParts {
  readonly folder: string;
  readonly board: ProgressBoard;
  readonly host: ProjectionHost;
  readonly readers: LiveReaders;
  readonly logger: Logger;
  /** Throws if the engine is closing. */
  readonly refuseIfClosing: () => void;
}

export interface SwapPlan {
  /** Names of files in the data folder. */
  readonly files: SwapRequest['files'];
  readonly id: string;
  /** False if the old versions are damaged and therefore removed. */
  readonly keepOld: boolean;
  /** How long the candidates may fail to get closer to the live versions. */
  readonly stalledMsMax: number;
}

interface Swap {
  readonly plan: SwapPlan;
  readonly pairs: readonly Pair[];
  prepared?: PreparedReaders;
}

interface Pair {
  readonly candidate: ProjectionVersion;
  readonly old: ProjectionVersion;
}

interface Flipped {
  /** The pointer before the flip. */
  readonly before: LivePointer;
  readonly prepared: PreparedReaders;
  readonly pausedAtMs: number;
}

// From this distance on both versions commit more often, so that neither the old version's last commit nor the candidate's
// remaining work is large.
const NEAR_POSITIONS = 40_000;
const CLOSE_POSITIONS = 2000;
const REACH_MS_MAX = 30_000;
const POLL_MS = 10;

/** Makes other files of several projections live, all at once. A failure before the pointer is flipped changes nothing. */
export async function swapVersions(parts: SwapParts, plan: SwapPlan): Promise<SwapResult> {
  const { host } = parts;
  const files = Object.entries(plan.files);
  const candidates = await host.startCandidates(files.map(([name, file]) => ({ name, file, id: plan.id })));
  const swap: Swap = { plan, pairs: candidates.map((candidate) => ({ candidate, old: host.live(candidate.name) })) };
  let flipped: Flipped;
  try {
    flipped = await prepareAndFlip(parts, swap);
  } catch (error) {
    await undo(parts, swap);
    throw error;
  }
  return takeOver(parts, swap, flipped);
}

/** Performs all steps up to and including the flip. */
async function prepareAndFlip(parts: SwapParts, swap: Swap): Promise<Flipped> {
  const { plan, pairs } = swap;
  await approach(parts, swap, NEAR_POSITIONS);
  const paths = pairs.map(({ candidate: { name, file } }) => [name, join(parts.folder, file)] as const);
  const prepared = (swap.prepared = await parts.readers.prepare(new Map(paths)));
  await Promise.all(pairs.map((pair) => shorten(pair, plan)));
  await approach(parts, swap, CLOSE_POSITIONS);
  const pausedAtMs = performance.now();
  await Promise.all(pairs.map(({ old }) => pause(old, plan)));
  await Promise.all(pairs.map(meet));
  for (const pair of pairs) requireMet(pair, plan);
  return { before: flip(parts, swap), prepared, pausedAtMs };
}

/** Waits until every candidate is this close. A candidate that was built further than the live version may stay ahead of it, unless
 *  it has external side effects: no version would have caused those of the events in between. */
async function approach(parts: SwapParts, { plan, pairs }: Swap, positions: number): Promise<void> {
  let nearest = Infinity;
  let nearerAtMs = performance.now();
  for (;;) {
    parts.refuseIfClosing();
    for (const { candidate } of pairs) assertAlive(candidate);
    const farthest = Math.max(...pairs.map(distance));
    if (farthest <= positions) return;
    if (farthest < nearest * 0.9) {
      nearest = farthest;
      nearerAtMs = performance.now();
    }
    if (performance.now() - nearerAtMs > plan.stalledMsMax) {
      const seconds = plan.stalledMsMax / 1000;
      const message = `the new version is ${farthest} positions behind and has not come closer for ${seconds} s`;
      throw new FigtreeError('NOT_CAUGHT_UP', message, { files: plan.files, behind: farthest });
    }
    await rest(POLL_MS);
  }
}

function distance({ old, candidate }: Pair): number {
  const behind = old.progress.progress().position - candidate.progress.progress().position;
  if (behind >= 0) return behind;
  return candidate.leavesSystem() ? CLOSE_POSITIONS - behind : 0;
}

async function shorten({ old, candidate }: Pair, { keepOld }: SwapPlan): Promise<void> {
  // A damaged version no longer commits.
  if (keepOld) await old.commitShort();
  await candidate.commitShort();
}

async function pause(old: ProjectionVersion, { keepOld }: SwapPlan): Promise<void> {
  try {
    await old.pause();
  } catch (error) {
    // A damaged version may fail to restart and so cannot be paused.
    if (keepOld) throw error;
  }
}

/** Waits until the candidate reaches the position at which the old version has stopped. */
async function meet({ old, candidate }: Pair): Promise<void> {
  const { position } = old.progress.progress();
  const deadline = performance.now() + REACH_MS_MAX;
  while (!(await candidate.progress.reached(position, 50))) {
    assertAlive(candidate);
    if (performance.now() < deadline) continue;
    const message = `${candidate.file} did not reach position ${position} within ${REACH_MS_MAX / 1000} s`;
    throw new FigtreeError('NOT_CAUGHT_UP', message, { file: candidate.file, position });
  }
}

/** Whether a pair is as it has met: another one may have taken long since. If the old version has died, it is restarted and would
 *  continue beyond the position of the swap. */
function requireMet({ old, candidate }: Pair, { keepOld }: SwapPlan): void {
  assertAlive(candidate);
  if (keepOld) assertAlive(old);
  const [position, reached] = [old.progress.progress().position, candidate.progress.progress().position];
  if (reached >= position) return;
  const message = `${old.file} went on to position ${position} while ${candidate.file} was at ${reached}`;
  throw new FigtreeError('NOT_CAUGHT_UP', message, { file: candidate.file, position });
}

function assertAlive(version: ProjectionVersion): void {
  const death = version.death();
  if (death !== undefined) throw death;
}

/** Returns the pointer before the flip. */
function flip({ folder, logger }: SwapParts, { plan, pairs }: Swap): LivePointer {
  const before = readLivePointer(folder);
  const entries = projectionNames.map((name) => {
    const version = before.of(name);
    const pair = pairs.find(({ old }) => old.name === name);
    return [name, pair === undefined ? version : flippedEntry(pair, version, plan)] as const;
  });
  try {
    writeLivePointer(folder, before.with(entries));
  } catch (error) {
    const isFlipped = pairs.every(
      ({ candidate }) => readLivePointer(folder).of(candidate.name).live === candidate.file,
    );
    if (!isFlipped) throw error;
    logger.warn({ error }, 'swap may not survive a power loss');
  }
  return before;
}

function flippedEntry(pair: Pair, { live, previous }: LiveVersion, { keepOld }: SwapPlan): LiveVersion {
  const kept = keepOld ? live : previous;
  return {
    live: pair.candidate.file,
    ...defined({ previous: kept }),
    // After a power loss the new file may be behind this position, although these events have been handled.
    replayUpTo: liveFrom(pair),
  };
}

function liveFrom({ old, candidate }: Pair): number {
  return Math.max(old.progress.progress().position, candidate.progress.progress().position);
}

/** Switches readers and progress before the first await, so that no reader sees both versions. */
async function takeOver(parts: SwapParts, swap: Swap, { before, prepared, pausedAtMs }: Flipped): Promise<SwapResult> {
  const { plan, pairs } = swap;
  const result: SwapResult = {};
  const oldReadersClosed = prepared.take();
  for (const pair of pairs) {
    const { candidate, old } = pair;
    const position = liveFrom(pair);
    parts.host.makeLive(candidate);
    candidate.goLive(position);
    result[candidate.name] = { position, previous: old.file };
  }
  const pausedMs = Math.round(performance.now() - pausedAtMs);
  parts.logger.info({ swap: plan.id, projections: result, pausedMs }, 'projections swapped');
  try {
    await oldReadersClosed;
    await Promise.all(pairs.map(({ old }) => old.stop()));
    removeReplaced(parts.folder, swap, before);
  } catch (error) {
    parts.logger.warn({ swap: plan.id, error }, 'files replaced by the swap could not be removed');
  }
  return result;
}

/** Removes the files before the previous versions, and damaged ones. */
function removeReplaced(folder: string, { pairs }: Swap, before: LivePointer): void {
  const pointer = readLivePointer(folder);
  const kept = projectionNames.map((name) => pointer.of(name)).flatMap(({ live, previous }) => [live, previous]);
  const replaced = pairs.flatMap(({ old }) => [before.of(old.name).previous, old.file]);
  for (const file of replaced) {
    if (file !== undefined && !kept.includes(file)) removeDatabase(join(folder, file));
  }
}

async function undo(parts: SwapParts, { pairs, prepared }: Swap): Promise<void> {
  for (const { old } of pairs) {
    old.resume();
    old.commitLong();
  }
  try {
    await prepared?.discard();
    await Promise.all(pairs.map(({ candidate }) => parts.host.endCandidate(candidate)));
  } catch (error) {
    parts.logger.warn({ error }, 'candidate did not end cleanly');
  }
}
