import type { Benchmark } from './harness/benchmark.ts';
import { besideConstants, CONNECTIONS, type Expected, readExpected } from './http/beside-constants.ts';
import { insertedDocuments } from './load/change-lines.ts';
import { caughtUp, type Served, withServer } from './http/served.ts';

const DAYS = 200;
const ROWS = 500;
const BAR = 0.6;

export const tableReads: Benchmark = {
  name: 'table-reads',
  title: `Reading projections of tables by HTTP, ${CONNECTIONS} connections`,
  run: (context) =>
    withServer(context, async (served) => {
      await caughtUp(served);
      const { lists, rows } = await trending(served);
      const row = await besideConstants(context, served, { name: 'row', expected: rows, bar: BAR });
      const list = await besideConstants(context, served, { name: 'list', expected: lists });
      return {
        input: `${rows.length} rows of trending-tags (${row.bytes} bytes) and its ${lists.length} longest lists (${list.bytes} bytes) of ${served.input.words}`,
        figures: [...row.figures, ...list.figures],
        notes: row.notes,
      };
    }),
};

/** The first page of the days with most tags, and single rows of these. */
async function trending(served: Served): Promise<{ readonly lists: Expected[]; readonly rows: Expected[] }> {
  const found: { readonly day: string; readonly list: Expected; readonly tags: readonly string[] }[] = [];
  for (const day of await daysOf(served.input.path)) {
    const list = await readExpected(served, `/trending/${day}`);
    const { items } = JSON.parse(list.body.toString()) as { items: { readonly tag: string }[] };
    found.push({ day, list, tags: items.map(({ tag }) => tag) });
  }
  const longest = found.toSorted((a, b) => b.tags.length - a.tags.length).slice(0, DAYS);
  const rows: Expected[] = [];
  for (const { day, tags } of longest) {
    for (const tag of tags.slice(0, Math.ceil(ROWS / longest.length))) {
      rows.push(await readExpected(served, `/projections/trendingtags/tags/${day}/${encodeURIComponent(tag)}`));
    }
  }
  return { lists: longest.map(({ list }) => list), rows };
}

/** The days on which yubls were posted. */
async function daysOf(path: string): Promise<ReadonlySet<string>> {
  const days = new Set<string>();
  for await (const { ns, fullDocument } of insertedDocuments(path)) {
    if (ns.coll === 'yubls') days.add(new Date(fullDocument.postedAt?.$date ?? 0).toISOString().slice(0, 10));
  }
  return days;
}
