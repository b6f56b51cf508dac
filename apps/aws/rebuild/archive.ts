import { defined } from '../../../events/defined.ts';
import type { ArchivedRecord, Hour, TimeRange } from '../../../ports/event-archive.ts';
import type { AwsRebuildWork } from './work.ts';
import type { AwsRebuildStage, AwsRebuildState } from './state.ts';

/** Records of one key arrive by the stream's clock, which may step back a little; and the archive is filled by a function. */
export const OVERLAP_MS = 15 * 60_000;
// After that much time the archive is asked for what came meanwhile: the stream keeps some of it for a day only.
const PASS_MAX_MS = 6 * 3_600_000;
/** How often what was applied is written down. */
export const KEEP_MS = 5000;
// The archive's function is not further behind at one shard than at another, or somebody has been woken.
const SHARDS_APART_MS = 24 * 3_600_000;

/** Applies what is in the archive, up to now. What comes into it later is in the stream as well. */
export async function applyArchive(work: AwsRebuildWork): Promise<AwsRebuildStage | undefined> {
  const { state } = work;
  do {
    if (state.pass === undefined) await work.keep({ pass: nextPass(work) });
    if (!(await applyPass(work))) return undefined;
    state.archivedTo = state.pass?.to ?? state.startedAt;
    delete state.pass;
    delete state.place;
    // What the stream gave before is in the archive as well.
    delete state.streamedTo;
  } while (isFarBehind(work));
  return state.flippedAt === undefined ? 'stream' : 'settling';
}

/** Whether the stream may forget what is to be applied next before it is read: then the archive has it. */
export function isFarBehind({ state, clock }: Pick<AwsRebuildWork, 'state' | 'clock'>): boolean {
  const appliedTo = state.streamedTo ?? state.archivedTo;
  return appliedTo === undefined || clock.nowMs() - Date.parse(appliedTo) > PASS_MAX_MS;
}

/** All of it at first, then what has come since. */
function nextPass({ state, clock }: AwsRebuildWork): TimeRange {
  const to = new Date(clock.nowMs()).toISOString();
  const end = state.archivedTo === undefined ? undefined : archiveEndMs(state);
  return { from: end === undefined ? state.from : new Date(end - OVERLAP_MS).toISOString(), to };
}

/** Up to where everything was archived that was read: at the shard whose records were archived least far. One of which nothing has
 *  been archived since long before the others is closed or idle. Undefined if nothing was there. */
export function archiveEndMs({ arrivals }: AwsRebuildState): number | undefined {
  const ends = Object.values(arrivals).map((instant) => Date.parse(instant));
  if (ends.length === 0) return undefined;
  const newest = ends.reduce((a, b) => Math.max(a, b));
  return ends.filter((ms) => ms > newest - SHARDS_APART_MS).reduce((a, b) => Math.min(a, b));
}

/** False if the signal ended it. */
async function applyPass(work: AwsRebuildWork): Promise<boolean> {
  const { parts, state, signal } = work;
  const pass = state.pass ?? nextPass(work);
  const hours = await parts.archive.hours(pass);
  // Of what an earlier pass has read, each shard's last minutes alone come again.
  const known = { ...state.arrivals };
  const arrivals = { ...state.arrivals };
  let { place } = state;
  let keptMs = work.clock.nowMs();
  for await (const page of parts.archive.read(pass, place)) {
    if (signal.aborted) break;
    await work.take(page.records.filter((record) => isNew(record, state.archivedTo === undefined ? {} : known)));
    noteArrivals(arrivals, page.records);
    ({ place } = page);
    if (work.clock.nowMs() - keptMs < KEEP_MS) continue;
    await work.keep({ place, arrivals: { ...arrivals } });
    work.tell({ hours: { done: doneOf(hours, place.hour), total: hours.length } });
    keptMs = work.clock.nowMs();
  }
  await work.keep({ arrivals, ...defined({ place }) });
  return !signal.aborted;
}

function isNew({ shardId, arrivedAt }: ArchivedRecord, known: Readonly<Record<string, string>>): boolean {
  const last = known[shardId];
  return last === undefined || Date.parse(arrivedAt) >= Date.parse(last) - OVERLAP_MS;
}

function noteArrivals(arrivals: Record<string, string>, records: readonly ArchivedRecord[]): void {
  for (const { shardId, arrivedAt } of records) {
    const last = arrivals[shardId];
    if (last === undefined || arrivedAt > last) arrivals[shardId] = arrivedAt;
  }
}

function doneOf(hours: readonly Hour[], current: Hour): number {
  return hours.filter((hour) => hour < current).length;
}
