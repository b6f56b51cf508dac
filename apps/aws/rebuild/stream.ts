import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { LIVE_CACHE_MS } from '../live-versions.ts';
import { archiveEndMs, isFarBehind, KEEP_MS, OVERLAP_MS } from './archive.ts';
import type { AwsRebuildStage } from './state.ts';
import type { AwsRebuildWork } from './work.ts';

/** The maximum difference between this machine's clock and the stream's. */
const CLOCKS_MS = 10_000;
/** The maximum distance from the stream's end at which the new tables may go live. */
const CLOSE_MS = 10_000;
const PAUSE_MS = 2000;
const FUNCTION_MS = 300_000;
/** Consecutive turns in which events may arrive as fast as they are applied. */
const TURNS_BEHIND_MAX = 20;

/** Applies the stream from the end of the archive until the new tables have caught up, are verified and live, and then until no
 *  function can still write to the previous tables, because the new ones need those events too. Each turn reads up to its own
 *  start, so turns get shorter as long as events are applied faster than they arrive; otherwise a warning is logged, and if that
 *  does not change, NOT_CAUGHT_UP ends the run before anything goes live. */
export async function followStream(work: AwsRebuildWork): Promise<AwsRebuildStage | undefined> {
  const { state, signal, clock } = work;
  let lastTurnMs = Infinity;
  let turnsBehind = 0;
  for (;;) {
    if (isFarBehind(work)) {
      // What is applied from there is much, and would go live unseen.
      if (state.flippedAt === undefined) delete state.verified;
      return 'archive';
    }
    const begunMs = clock.nowMs();
    await applyUpTo(work, begunMs);
    if (signal.aborted) return undefined;
    const next = await nextStage(work);
    if (next !== undefined) return next;
    work.report({
      ...defined({ appliedTo: state.streamedTo }),
      ...(state.stage === 'settling' && { doneAt: new Date(settledMs(work)).toISOString() }),
    });
    const turnMs = clock.nowMs() - begunMs;
    turnsBehind = turnMs > CLOSE_MS && turnMs >= lastTurnMs ? turnsBehind + 1 : 0;
    if (turnsBehind > 0) noteBehind(work, turnsBehind, turnMs);
    lastTurnMs = turnMs;
    if (state.stage === 'settling') await clock.pause(PAUSE_MS, { signal });
    if (signal.aborted) return undefined;
  }
}

function noteBehind({ state, parts }: AwsRebuildWork, turns: number, behindMs: number): void {
  const { projection, id: replay } = state;
  parts.log.warn({ replay, projection, behindMs }, 'rebuild is not catching up with the stream');
  // The live version needs the rest of its own events, however long that takes.
  if (turns < TURNS_BEHIND_MAX || state.stage === 'settling') return;
  const message = `the rebuild of ${projection} does not catch up: events arrive as fast as they are applied, which took ${Math.round(behindMs / 1000)} s in the last turn`;
  throw new FigtreeError(
    'NOT_CAUGHT_UP',
    `${message}. What is applied is kept: allow it more capacity and run it again`,
  );
}

async function applyUpTo(work: AwsRebuildWork, upToMs: number): Promise<void> {
  const { parts, signal, clock } = work;
  const from = await startOf(work);
  let keptMs = clock.nowMs();
  try {
    for await (const { records, readTo } of parts.stream.read({ from, upTo: new Date(upToMs), signal })) {
      await work.take(records);
      if (signal.aborted) return;
      if (readTo === undefined || clock.nowMs() - keptMs < KEEP_MS) continue;
      await advance(work, Math.min(readTo.getTime(), upToMs));
      keptMs = clock.nowMs();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return;
  }
  await advance(work, upToMs);
}

async function advance(work: AwsRebuildWork, appliedToMs: number): Promise<void> {
  const before = work.state.streamedTo;
  if (before !== undefined && Date.parse(before) >= appliedToMs) return;
  await work.keep({ streamedTo: new Date(appliedToMs).toISOString() });
}

/** Where to start reading, never before the oldest record of the stream: the archive may have ended years ago. */
async function startOf(work: AwsRebuildWork): Promise<'start' | Date> {
  const { state, clock, parts } = work;
  if (state.streamedTo !== undefined) return new Date(Date.parse(state.streamedTo) - CLOCKS_MS);
  const archivedMs = archiveEndMs(state);
  if (archivedMs === undefined && state.kind === 'rebuild') return 'start';
  const fromMs = archivedMs === undefined ? Date.parse(state.from) : archivedMs - OVERLAP_MS;
  const keepsSinceMs = clock.nowMs() - (await parts.stream.retentionMs());
  if (fromMs >= keepsSinceMs) return new Date(fromMs);
  const { projection, id: replay } = state;
  const gap = { from: new Date(fromMs).toISOString(), to: new Date(keepsSinceMs).toISOString() };
  const message =
    'events that arrived between the end of the archive and the oldest record of the stream, if any, are lost';
  parts.log.warn({ replay, projection, ...gap }, message);
  await work.keep({ gap });
  return 'start';
}

async function nextStage(work: AwsRebuildWork): Promise<AwsRebuildStage | undefined> {
  const { state, clock } = work;
  const streamedTo = Date.parse(state.streamedTo ?? state.startedAt);
  const isOver = state.stage === 'settling' ? streamedTo >= settledMs(work) : clock.nowMs() - streamedTo <= CLOSE_MS;
  if (!isOver) return undefined;
  await work.settled();
  if (state.stage === 'settling') return 'done';
  if (!isVerified(work)) return 'verify';
  await flip(work);
  return 'settling';
}

/** The instant after which no arriving event can still be written to the previous tables, in milliseconds since 1970. */
function settledMs({ state, options: { functionMs = FUNCTION_MS } }: AwsRebuildWork): number {
  return Date.parse(state.flippedAt ?? state.startedAt) + LIVE_CACHE_MS + functionMs + CLOCKS_MS;
}

function isVerified({ state: { kind, verified }, options: { gate } }: AwsRebuildWork): boolean {
  if (kind === 'rollback') return true;
  return verified?.verification !== undefined && (gate === undefined || verified.matchPercent !== undefined);
}

async function flip(work: AwsRebuildWork): Promise<void> {
  const { versions } = work.parts;
  const { projection, before, version } = work.state;
  const flipped = await versions.flip(projection, before, version);
  // An earlier run may have flipped it and died before saving that.
  if (!flipped && (await versions.now(projection)) !== version) {
    const message = `${before} of ${projection} is no longer live: another version was made live meanwhile`;
    throw new FigtreeError('SWAP_REFUSED', message, { projection });
  }
  work.state.flippedAt = new Date(work.clock.nowMs()).toISOString();
}
