import type { Benchmark } from './harness/benchmark.ts';
import { sample } from './harness/statistics.ts';
import { besideConstants, CONNECTIONS, type Expected, readExpected } from './http/beside-constants.ts';
import { type Served, withServer } from './http/served.ts';
import { insertedDocuments, keyOf } from './load/change-lines.ts';

const ITEMS = 50;
const READERS = 500;

export const feedReads: Benchmark = {
  name: 'feed-reads',
  title: `GET /feeds/{id} with ${ITEMS} items, ${CONNECTIONS} connections`,
  run: (context) =>
    withServer(context, async (served) => {
      const feeds = await fullFeeds(served);
      const { figures, bytes, notes } = await besideConstants(context, served, {
        name: 'feed',
        expected: feeds,
        bar: 0.5,
        p99BarMs: 10,
      });
      return {
        input: `${feeds.length} full feeds of ${served.input.words}; answers of ${bytes} bytes (median)`,
        figures,
        notes,
      };
    }),
};

/** Readers from all parts of the network with feeds longer than a page, and their expected responses. */
async function fullFeeds(served: Served): Promise<Expected[]> {
  const users: string[] = [];
  for await (const document of insertedDocuments(served.input.path))
    if (document.ns.coll === 'users') users.push(keyOf(document));
  const feeds: Expected[] = [];
  for (const user of sample(users, users.length)) {
    const feed = await readExpected(served, `/feeds/${user}`);
    const { items } = JSON.parse(feed.body.toString()) as { items: unknown[] };
    if (items.length === ITEMS) feeds.push(feed);
    if (feeds.length === READERS) return feeds;
  }
  throw new Error(`only ${feeds.length} feeds have ${ITEMS} items`);
}
