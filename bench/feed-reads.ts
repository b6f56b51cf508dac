import { type BenchContext, type Benchmark, type Figure, figure } from './harness/benchmark.ts';
import { median, quantile, sample } from './harness/statistics.ts';
import { getRequest, type Load, loadHttp, type Request } from './http/http-load.ts';
import { type Served, withServer } from './http/served.ts';
import { insertedDocuments, keyOf } from './load/change-lines.ts';

const CONNECTIONS = 16;
const ITEMS = 50;
const READERS = 500;

export const feedReads: Benchmark = {
  name: 'feed-reads',
  title: `GET /feeds/{id} with ${ITEMS} items, ${CONNECTIONS} connections`,
  run: (context) =>
    withServer(context, async (served) => {
      const feeds = await fullFeeds(served);
      const middle =
        feeds.map(({ body }) => body.toString()).toSorted((a, b) => a.length - b.length)[READERS / 2] ?? '';
      await served.ask({ constant: middle });
      const body = Buffer.from(middle);
      const rounds = await measure(context, served.port, {
        feed: inTurn(feeds),
        constant: inTurn([{ path: '/constant', body }]),
        serialised: inTurn([{ path: '/constant-object', body }]),
      });
      return {
        input: `${feeds.length} full feeds of ${served.input.words}; answers of ${middle.length} bytes (median)`,
        figures: figuresOf(rounds),
        notes: [
          'The constant is a string of the same size that the same app returns on another route, through the same middleware; the constant object is serialized to that string for each response. The three alternate, and every response is compared byte by byte.',
        ],
      };
    }),
};

interface Expected {
  readonly path: string;
  readonly body: Buffer;
}

/** Readers from all parts of the network with feeds longer than a page, and their expected responses. */
async function fullFeeds({ input, port }: Served): Promise<Expected[]> {
  const users: string[] = [];
  for await (const document of insertedDocuments(input.path))
    if (document.ns.coll === 'users') users.push(keyOf(document));
  const feeds: Expected[] = [];
  for (const user of sample(users, users.length)) {
    const path = `/feeds/${user}`;
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    const body = Buffer.from(await response.arrayBuffer());
    const { items } = JSON.parse(body.toString()) as { items: unknown[] };
    if (items.length === ITEMS) feeds.push({ path, body });
    if (feeds.length === READERS) return feeds;
  }
  throw new Error(`only ${feeds.length} feeds have ${ITEMS} items`);
}

function inTurn(expected: readonly Expected[]): () => Request {
  const requests = expected.map(({ path, body }) => ({
    text: getRequest(path),
    check(status: number, found: Buffer) {
      if (status !== 200 || !found.equals(body)) throw new Error(`${path}: ${status} ${found.toString()}`);
    },
  }));
  let place = 0;
  return () => requests[(place = (place + 1) % requests.length)] as Request;
}

/** By source: feeds, the constant text, the constant object. */
type PerSource<Value> = Readonly<Record<'feed' | 'constant' | 'serialised', Value>>;

async function measure(
  context: BenchContext,
  port: number,
  sources: PerSource<() => Request>,
): Promise<PerSource<Load>[]> {
  const loadAll = async (ms: number) => ({
    feed: await loadHttp({ port, connections: CONNECTIONS, ms, next: sources.feed }),
    constant: await loadHttp({ port, connections: CONNECTIONS, ms, next: sources.constant }),
    serialised: await loadHttp({ port, connections: CONNECTIONS, ms, next: sources.serialised }),
  });
  await loadAll(1000);
  const rounds: PerSource<Load>[] = [];
  for (let round = 0; round < (context.quick ? 1 : 4); round += 1) {
    context.say(`round ${round + 1}`);
    rounds.push(await loadAll(context.quick ? 1000 : 4000));
  }
  return rounds;
}

function figuresOf(rounds: readonly PerSource<Load>[]): Figure[] {
  const rate = ({ answers, seconds }: Load) => answers / seconds;
  const all = (of: (round: PerSource<Load>) => number) => rounds.map(of);
  return [
    figure('feeds per second / constants per second', 'times', {
      runs: all(({ feed, constant }) => rate(feed) / rate(constant)),
      bar: { atLeast: 0.5 },
    }),
    figure('feeds per second / constant objects per second', 'times', {
      runs: all(({ feed, serialised }) => rate(feed) / rate(serialised)),
    }),
    figure('p99 of a feed', 'ms', {
      runs: all(({ feed }) => quantile(feed.latenciesMs, 0.99)),
      bar: { atMost: 10 },
    }),
    figure('p50 of a feed', 'ms', { runs: all(({ feed }) => median(feed.latenciesMs)) }),
    figure('feeds per second', '/s', { runs: all(({ feed }) => rate(feed)) }),
    figure('constants per second', '/s', { runs: all(({ constant }) => rate(constant)) }),
    figure('constant objects per second', '/s', { runs: all(({ serialised }) => rate(serialised)) }),
  ];
}
