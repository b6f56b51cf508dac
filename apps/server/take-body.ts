import { bodySlices, itemsAtOnce } from '../../producers/body-slices.ts';
import type { Turn } from '../../producers/body-limits.ts';
import type { Ingest } from '../../producers/ingest.ts';
import type { IngestReport, ItemProblem, Origin } from '../../producers/ingest-report.ts';

const PROBLEMS_MAX = 1000;

/** Passes a body's items to the ingest, in slices, yielding to other requests between them. While one slice is made
 *  durable the next one is parsed, but taken in only afterwards: if one fails, those before it are durable and none
 *  after it is, so the same body may be sent again without changing the order of its events. */
export async function takeBody(body: Uint8Array, from: Origin, { ingest, turn }: BodyTaking): Promise<IngestReport> {
  const whole = itemsAtOnce(body);
  if (whole !== undefined) return ingest.take(whole, from);
  const total = { accepted: 0, duplicates: 0, quarantined: 0, ignored: 0, position: 0 };
  const problems: ItemProblem[] = [];

  async function add({ offset, taken }: InFlight): Promise<void> {
    const report = await taken;
    for (const count of ['accepted', 'duplicates', 'quarantined', 'ignored'] as const) total[count] += report[count];
    total.position = Math.max(total.position, report.position);
    for (const problem of report.problems.slice(0, PROBLEMS_MAX - problems.length)) {
      problems.push({ ...problem, index: offset + problem.index });
    }
  }

  let items = 0;
  let inFlight: InFlight | undefined;
  for await (const slice of bodySlices(body, turn)) {
    if (inFlight !== undefined) {
      await turn();
      await add(inFlight);
    }
    inFlight = { offset: items, taken: ingest.take(slice, from) };
    // It may fail before it is awaited.
    inFlight.taken.catch(() => {});
    items += slice.length;
  }
  if (inFlight === undefined) return ingest.take([], from);
  await add(inFlight);
  return { ...total, problems };
}

interface BodyTaking {
  readonly ingest: Ingest;
  readonly turn: Turn;
}

interface InFlight {
  /** Index of its first item in the body. */
  readonly offset: number;
  readonly taken: Promise<IngestReport>;
}
