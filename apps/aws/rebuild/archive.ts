import { defined } from '../../../events/defined.ts';
import type { ArchivedRecord, Hour, TimeRange } from '../../../ports/event-archive.ts';
import type { AwsRebuildWork } from './work.ts';
import type { AwsRebuildStage, AwsRebuildState } from './state.ts';

/** Arrival times come from the stream's clock, which may step back a little, and the archive is filled asynchronously. */
export const OVERLAP_MS = 15 * 60_000;
// A rebuild that is further behind reads the archive again, because the stream may keep records for a day only.
const PASS_MAX_MS = 6 * 3_600_000;
/** How often progress is saved. */
export const KEEP_MS = 5000;
// The archiving function never lags this much more on one shard than on another: an alarm would have fired.
const SHARDS_APART_MS = 24 * 3_600_000;

/** Applies the archive up to now. Records that are archived later are in the stream as well. */
export async function applyArchive(work: AwsRebuildWork): Promise<AwsRebuildStage | undefined> {
  const { state } = work;
  do {
    if (state.pass === undefined) await work.keep({ pass: nextPass(work) });
    if (!(await applyPass(work))) return undefined;
    state.archivedTo = state.pass?.to ?? state.startedAt;
    delete state.pass;
    delete state.place;
    // The part of the stream that was read before is covered by the archive now.
    delete state.streamedTo;
  } while (isFarBehind(work));
  return state.flippedAt === undefined ? 'stream' : 'settling';
}

/** True if the next records may expire from the stream before they are read; they are in the archive then. */
export function isFarBehind({ state, clock }: Pick<AwsRebuildWork, 'state' | 'clock'>): boolean {
  const appliedTo = state.streamedTo ?? state.archivedTo;
  return appliedTo === undefined || clock.nowMs() - Date.parse(appliedTo) > PASS_MAX_MS;
}

/** The first pass covers the whole archive, later ones the records since. */
function nextPass({ state, clock }: AwsRebuildWork): TimeRange {
  const to = new Date(clock.nowMs()).toISOString();
  const end = state.archivedTo === undefined ? undefined : archiveEndMs(state);
  return { from: end === undefined ? state.from : new Date(end - OVERLAP_MS).toISOString(), to };
}

/** The instant, in milliseconds since 1970, up to which the archive is complete: that of the shard that is archived least far.
 *  A shard far behind the others is closed or idle and does not count. Undefined if no record was read. */
export function archiveEndMs({ arrivals }: AwsRebuildState): number | undefined {
  const ends = Object.values(arrivals).map((instant) => Date.parse(instant));
  if (ends.length === 0) return undefined;
  const newest = ends.reduce((a, b) => Math.max(a, b));
  return ends.filter((ms) => ms > newest - SHARDS_APART_MS).reduce((a, b) => Math.min(a, b));
}

/** Resolves with false if the signal was aborted. */
async function applyPass(work: AwsRebuildWork): Promise<boolean> {
  const { parts, state, signal } = work;
  const pass = state.pass ?? nextPass(work);
  const hours = await parts.archive.hours(pass);
  // Earlier passes have applied these records; only the last minutes of each shard are applied again.
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
    work.report({ hours: { done: doneOf(hours, place.hour), total: hours.length } });
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
