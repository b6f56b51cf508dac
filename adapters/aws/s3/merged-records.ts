import type { ArchivedRecord } from '../../../ports/event-archive.ts';
import { inOrder } from '../../../resilience/pool.ts';
import { compareSequenceNumbers } from '../sequence-numbers.ts';
import type { ObjectName } from './archived-objects.ts';

const READ_AHEAD = 8;

/** The records of one shard's objects, in order of sequence number and each once, though objects may overlap: a batch
 *  redelivered in halves, or batches of one shard that several functions had at once. In memory are the objects that
 *  are read ahead, and records of the others that still have to be ordered. */
export async function* mergedRecords(
  objects: readonly ObjectName[],
  load: (object: ObjectName) => Promise<readonly ArchivedRecord[]>,
): AsyncGenerator<ArchivedRecord[], void> {
  const sorted = objects.toSorted((a, b) => compareSequenceNumbers(a.firstSeq, b.firstSeq));
  let at = 0;
  let waiting: ArchivedRecord[] = [];
  for await (const records of inOrder(sorted, load, READ_AHEAD)) {
    waiting = waiting.length === 0 ? [...records] : joined(waiting, records);
    at += 1;
    const next = sorted[at]?.firstSeq;
    const ready =
      next === undefined ? waiting.length : waiting.findIndex(({ seq }) => compareSequenceNumbers(seq, next) >= 0);
    const page = waiting.splice(0, ready < 0 ? waiting.length : ready);
    if (page.length > 0) yield page;
  }
}

function joined(some: readonly ArchivedRecord[], others: readonly ArchivedRecord[]): ArchivedRecord[] {
  const sorted = [...some, ...others].toSorted((a, b) => compareSequenceNumbers(a.seq, b.seq));
  return sorted.filter(({ seq }, at) => seq !== sorted[at - 1]?.seq);
}
