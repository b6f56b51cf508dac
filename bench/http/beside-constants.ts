import { type BenchContext, type Figure, figure } from '../harness/benchmark.ts';
import { median, quantile } from '../harness/statistics.ts';
import { getRequest, type Load, loadHttp, type Request } from './http-load.ts';
import type { Served } from './served.ts';

export const CONNECTIONS = 16;

/** A path and its response, byte by byte. */
export interface Expected {
  readonly path: string;
  readonly body: Buffer;
}

export interface Asked {
  /** What one response contains, for instance `feed`. */
  readonly name: string;
  readonly expected: readonly Expected[];
  /** Least number of responses per response of the constant. */
  readonly bar?: number;
  readonly p99BarMs?: number;
}

/** Asks by HTTP for these responses and, in alternation, for a constant of their median size. */
export async function besideConstants(context: BenchContext, served: Served, { name, expected, ...bars }: Asked) {
  const bodies = expected.map(({ body }) => body.toString()).toSorted((a, b) => a.length - b.length);
  const middle = bodies[Math.floor(bodies.length / 2)] ?? '';
  await served.ask({ constant: middle });
  const body = Buffer.from(middle);
  const rounds = await measure(context, served.port, {
    asked: inTurn(expected),
    constant: inTurn([{ path: '/constant', body }]),
    serialised: inTurn([{ path: '/constant-object', body }]),
  });
  return { figures: figuresOf(name, rounds, bars), bytes: middle.length, notes: NOTES };
}

const NOTES = [
  'The constant is a string of the same size that the same app returns on another route, through the same middleware; the constant object is serialized to that string for each response. The three alternate, and every response is compared byte by byte.',
];

/** Asks once, for a response that must be repeated from then on. */
export async function readExpected({ port }: Served, path: string): Promise<Expected> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  const body = Buffer.from(await response.arrayBuffer());
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${body.toString()}`);
  return { path, body };
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

/** By source: what is asked, the constant text, the constant object. */
type PerSource<Value> = Readonly<Record<'asked' | 'constant' | 'serialised', Value>>;

async function measure(
  context: BenchContext,
  port: number,
  sources: PerSource<() => Request>,
): Promise<PerSource<Load>[]> {
  const loadAll = async (ms: number) => ({
    asked: await loadHttp({ port, connections: CONNECTIONS, ms, next: sources.asked }),
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

function figuresOf(
  name: string,
  rounds: readonly PerSource<Load>[],
  { bar, p99BarMs }: Pick<Asked, 'bar' | 'p99BarMs'>,
): Figure[] {
  const rate = ({ answers, seconds }: Load) => answers / seconds;
  const all = (of: (round: PerSource<Load>) => number) => rounds.map(of);
  return [
    figure(`${name}s per second / constants per second`, 'times', {
      runs: all(({ asked, constant }) => rate(asked) / rate(constant)),
      ...(bar !== undefined && { bar: { atLeast: bar } }),
    }),
    figure(`${name}s per second / constant objects per second`, 'times', {
      runs: all(({ asked, serialised }) => rate(asked) / rate(serialised)),
    }),
    figure(`p99 of a ${name}`, 'ms', {
      runs: all(({ asked }) => quantile(asked.latenciesMs, 0.99)),
      ...(p99BarMs !== undefined && { bar: { atMost: p99BarMs } }),
    }),
    figure(`p50 of a ${name}`, 'ms', { runs: all(({ asked }) => median(asked.latenciesMs)) }),
    figure(`${name}s per second`, '/s', { runs: all(({ asked }) => rate(asked)) }),
    figure(`constants of a ${name}’s size per second`, '/s', { runs: all(({ constant }) => rate(constant)) }),
    figure(`constant objects of a ${name}’s size per second`, '/s', {
      runs: all(({ serialised }) => rate(serialised)),
    }),
  ];
}
