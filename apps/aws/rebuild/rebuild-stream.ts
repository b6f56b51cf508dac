import { setTimeout as sleep } from 'node:timers/promises';
import { FigtreeError } from '../../../events/errors.ts';
import { LIVE_CACHE_MS } from '../live-versions.ts';
import { type RebuildWork, throwIfLost } from './rebuild-work.ts';
import { archiveEndMs, OVERLAP_MS } from './rebuild-archive.ts';

/** By which the clocks of this machine and of the stream may differ. */
const CLOCKS_MS = 10_000;
/** So much of a stream is read until what was applied is written down. */
const STRETCH_MS = 3_600_000;
/** So near to the stream's end the new tables may go live: what is missing comes within as much time again. */
const CLOSE_MS = 10_000;
const PAUSE_MS = 2000;
const FUNCTION_MS = 300_000;

/** Applies the stream from where the archive ends, makes the tables live once it has caught up, and goes on until no function can
 *  write the tables any more that were live before: what functions wrote there alone is applied here as well. */
export async function followStream(work: RebuildWork): Promise<void> {
  const { state, signal } = work;
  while ((state.stage === 'stream' || state.stage === 'settling') && !signal.aborted) {
    await applyStretch(work);
    if (signal.aborted) break;
    await takeNextStep(work);
    work.tell({
      ...(state.streamedTo !== undefined && { appliedTo: state.streamedTo }),
      ...(state.stage === 'settling' && { doneAt: new Date(settledMs(work)).toISOString() }),
    });
    if (state.stage === 'settling') await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
  }
  throwIfLost(work);
}

async function applyStretch(work: RebuildWork): Promise<void> {
  const { parts, signal, state } = work;
  const from = startOf(work);
  const nowMs = Date.now();
  const upTo = new Date(from === 'start' ? nowMs : Math.min(nowMs, from.getTime() + STRETCH_MS));
  try {
    for await (const { records } of parts.readStream({ from, upTo, signal })) {
      await work.take(records);
      if (signal.aborted) return;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return;
  }
  await work.keep({ streamedTo: upTo.toISOString(), stage: state.stage });
}

function startOf({ state }: RebuildWork): 'start' | Date {
  if (state.streamedTo !== undefined) return new Date(Date.parse(state.streamedTo) - CLOCKS_MS);
  const archived = archiveEndMs(state);
  if (archived !== undefined) return new Date(archived - OVERLAP_MS);
  return state.kind === 'rebuild' ? 'start' : new Date(state.from);
}

async function takeNextStep(work: RebuildWork): Promise<void> {
  const { state } = work;
  const streamedTo = Date.parse(state.streamedTo ?? state.startedAt);
  if (state.stage === 'settling') {
    if (streamedTo >= settledMs(work)) await work.keep({ stage: 'done' });
  } else if (Date.now() - streamedTo <= CLOSE_MS) {
    await flip(work);
  }
}

/** From when on nothing arrives that a function could still write into the tables of before. */
function settledMs({ state, options: { functionMs = FUNCTION_MS } }: RebuildWork): number {
  return Date.parse(state.flippedAt ?? state.startedAt) + LIVE_CACHE_MS + functionMs + CLOCKS_MS;
}

async function flip(work: RebuildWork): Promise<void> {
  const { versions } = work.parts;
  const { projection, before, version } = work.state;
  const flipped = await versions.flip(projection, before, version);
  // An earlier run may have flipped it, and died before it could say so.
  if (!flipped && (await versions.now(projection)) !== version) {
    const message = `${before} of ${projection} is not live any more: what is, somebody else has made live meanwhile`;
    throw new FigtreeError('SWAP_REFUSED', message, { projection });
  }
  await work.keep({ stage: 'settling', flippedAt: new Date().toISOString() });
}
