import { defined } from '../events/defined.ts';
import type { Problem } from '../events/errors.ts';
import type { Quarantine, QuarantineEntry } from '../ports/quarantine.ts';
import { SLICE_BYTES } from './body-limits.ts';
import { batchesOf } from '../resilience/batches.ts';
import type { Ingest } from './ingest.ts';

/** The outcome of releasing one quarantine entry. */
export type ReleaseOutcome =
  | { readonly id: number; readonly outcome: 'released' }
  /** It failed again and stays, with this problem. */
  | { readonly id: number; readonly outcome: 'refused'; readonly problem: Problem }
  /** Its text is not exactly what was sent, so only its sender can send it again. */
  | { readonly id: number; readonly outcome: 'truncated' }
  | { readonly id: number; readonly outcome: 'unknown' };

export interface ReleaseParts {
  readonly ingest: Ingest;
  readonly quarantine: Quarantine;
}

const AT_ONCE = 200;

/** Sends entries in again through their door, in the order of `ids`, and removes the accepted ones from the quarantine.
 *  If the process ends in between, an entry is still listed, and its next release finds duplicates. */
export async function releaseEntries(ids: readonly number[], parts: ReleaseParts): Promise<ReleaseOutcome[]> {
  const outcomes: ReleaseOutcome[] = [];
  for (const some of batchesOf(ids, { countMax: AT_ONCE })) outcomes.push(...(await releaseSome(some, parts)));
  return outcomes;
}

/** All entries, including those added while it runs, except events whose publisher may not use their source. Those are
 *  released by id only, because each needs a decision. */
export async function* releaseAll(parts: ReleaseParts): AsyncGenerator<ReleaseOutcome> {
  let after = 0;
  for (;;) {
    const entries = await parts.quarantine.list({ after, limit: AT_ONCE });
    const last = entries.at(-1);
    if (last === undefined) return;
    const forged = entries.filter(({ problem }) => problem.code === 'SOURCE_FORBIDDEN');
    for (const { id, problem } of forged) yield refusedAgain(id, problem);
    const others = entries.filter((entry) => !forged.includes(entry));
    yield* await releaseSome(
      others.map(({ id }) => id),
      parts,
    );
    after = last.id;
  }
}

async function releaseSome(ids: readonly number[], parts: ReleaseParts): Promise<ReleaseOutcome[]> {
  const entries = await Promise.all(ids.map((id) => parts.quarantine.get(id)));
  const outcomes: ReleaseOutcome[] = ids.map((id) => ({ id, outcome: 'unknown' }));
  const runs: Run[] = [];
  entries.forEach((entry, place) => {
    if (entry === undefined) return;
    if (entry.truncated) outcomes[place] = { id: entry.id, outcome: 'truncated' };
    else addToRuns(runs, entry, place);
  });
  for (const run of runs) await releaseRun(run, outcomes, parts);
  return outcomes;
}

// Neighbours from the same door go in together, with one commit.
interface Run {
  readonly entries: { readonly entry: QuarantineEntry; readonly place: number }[];
  characters: number;
}

// A waiting text may be half a megabyte: the amount parsed at once has the same limit as on first arrival.
const RUN_CHARACTERS_MAX = SLICE_BYTES;

function addToRuns(runs: Run[], entry: QuarantineEntry, place: number): void {
  const run = runs.at(-1);
  const before = run?.entries.at(-1)?.entry;
  const fits = run !== undefined && run.characters + entry.raw.length <= RUN_CHARACTERS_MAX;
  if (!fits || before?.door !== entry.door || before.origin !== entry.origin) {
    runs.push({ entries: [{ entry, place }], characters: entry.raw.length });
    return;
  }
  run.entries.push({ entry, place });
  run.characters += entry.raw.length;
}

async function releaseRun({ entries }: Run, outcomes: ReleaseOutcome[], parts: ReleaseParts): Promise<void> {
  const [first] = entries;
  if (first === undefined) return;
  const { door, origin } = first.entry;
  const items = entries.map(({ entry: { raw, correlation, sequence, at: time } }) => {
    const arrival = { ...(correlation && { correlation }), ...defined({ sequence }), time };
    return { text: raw, arrival };
  });
  const { problems } = await parts.ingest.take(items, { door, origin });
  const problemAt = new Map(problems.map((problem) => [problem.index, problem]));
  const released: Promise<void>[] = [];
  entries.forEach(({ entry: { id }, place }, index) => {
    const problem = problemAt.get(index);
    outcomes[place] = problem === undefined ? { id, outcome: 'released' } : refusedAgain(id, problem);
    if (problem === undefined) released.push(parts.quarantine.release(id));
  });
  await Promise.all(released);
}

function refusedAgain(id: number, { code, path, message }: Problem): ReleaseOutcome {
  return { id, outcome: 'refused', problem: { code, ...defined({ path }), message } };
}
