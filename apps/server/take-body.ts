import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { FigtreeError } from '../../events/errors.ts';
import { bodyItems } from '../../producers/body-items.ts';
import type { IncomingItem, Ingest, IngestReport, ItemProblem, Origin } from '../../producers/ingest.ts';

// Far above what fits of real events into a body; below it lies what a body of empty shells costs in memory.
const ITEMS_MAX = 250_000;
const SLICE_ITEMS = 5000;
const PROBLEMS_MAX = 1000;
const LINE_FEED = 10;

/** Hands a body's items to the ingest, in slices, so that a large body does not keep the others waiting. If one slice
 *  fails, those before it are durable: the same body may be sent again. */
export async function takeBody(ingest: Ingest, body: Uint8Array, from: Origin): Promise<IngestReport> {
  const items = itemsOf(body);
  if (items.length <= SLICE_ITEMS) return ingest.take(items, from);
  const total = { accepted: 0, duplicates: 0, quarantined: 0, ignored: 0, position: 0 };
  const problems: ItemProblem[] = [];
  for (let start = 0; start < items.length; start += SLICE_ITEMS) {
    const report = await ingest.take(items.slice(start, start + SLICE_ITEMS), from);
    for (const count of ['accepted', 'duplicates', 'quarantined', 'ignored'] as const) total[count] += report[count];
    total.position = Math.max(total.position, report.position);
    for (const problem of report.problems.slice(0, PROBLEMS_MAX - problems.length)) {
      problems.push({ ...problem, index: start + problem.index });
    }
  }
  return { ...total, problems };
}

function itemsOf(body: Uint8Array): IncomingItem[] {
  if (linesIn(body) > ITEMS_MAX) throw tooMany();
  const items = bodyItems(new TextDecoder().decode(body));
  if (items.length > ITEMS_MAX) throw tooMany();
  if (isUtf8(body)) return items;
  const digest = hash('sha256', body);
  return items.map((item, index) => refuseUnreadable(item, `${digest} ${index}`));
}

function tooMany(): FigtreeError {
  return new FigtreeError('BODY_TOO_LARGE', `A body may hold ${ITEMS_MAX} items: send it in parts`);
}

function linesIn(body: Uint8Array): number {
  if (body.length <= ITEMS_MAX) return 1;
  let lines = 1;
  for (let at = body.indexOf(LINE_FEED); at >= 0; at = body.indexOf(LINE_FEED, at + 1)) lines += 1;
  return lines;
}

// Bytes that are not UTF-8 have become this sign. Taking the item as it is would keep another text than was sent.
function refuseUnreadable(item: IncomingItem, fingerprint: string): IncomingItem {
  const { text, named } = item;
  if (!text.includes('\ufffd')) return item;
  return { text, fingerprint, named, problem: { code: 'NOT_JSON', message: 'The text is not valid UTF-8' } };
}
