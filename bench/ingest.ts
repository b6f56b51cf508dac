import { type Benchmark, expectEqual, type Figure, figure } from './harness/benchmark.ts';
import { median, quantile } from './harness/statistics.ts';
import type { Commits } from './http/commit-probe.ts';
import { type Load, loadHttp, postRequest, type Request } from './http/http-load.ts';
import { rawFsyncs } from './http/raw-fsync.ts';
import { caughtUp, type Served, withServer } from './http/served.ts';
import { idOf, insertedDocuments } from './load/change-lines.ts';

const CONNECTIONS = 64;
const FSYNC_SAMPLES = 300;

export const ingest: Benchmark = {
  name: 'ingest',
  title: `Durable ingest over HTTP: ${CONNECTIONS} connections, one event a request`,
  run: (context) =>
    withServer(context, async (served) => {
      const next = await requests(served);
      const rounds: Round[] = [];
      await loadHttp({ port: served.port, connections: CONNECTIONS, ms: 1000, next });
      for (let round = 0; round < (context.quick ? 1 : 4); round += 1) {
        context.say(`round ${round + 1}`);
        rounds.push(await measure(served, { ms: context.quick ? 2000 : 5000, next }));
      }
      return {
        input: `POST /events with one yubl-posted each, by the authors of ${served.input.words}, imported before`,
        figures: figuresOf(rounds),
        notes: [
          'The response is 202 once the event is fsynced. All projections run meanwhile, and the client shares the two cores.',
          'Commits are counted and timed at SQLite’s COMMIT. The bare fsync writes as many bytes as a commit adds to the WAL and calls fdatasync, in the same folder between the rounds.',
        ],
      };
    }),
};

interface Round {
  readonly load: Load;
  readonly commitsMs: readonly number[];
  readonly fsyncMs: number;
}

let commitBytes = 64 * 1024;

async function measure(served: Served, { ms, next }: { ms: number; next: () => Request }): Promise<Round> {
  const before = await caughtUp(served);
  const warm = await served.ask<Commits>({ takeCommits: true });
  if (warm.walBytes.length > 0) commitBytes = Math.round(median(warm.walBytes));
  const load = await loadHttp({ port: served.port, connections: CONNECTIONS, ms, next });
  const { durationsMs } = await served.ask<Commits>({ takeCommits: true });
  expectEqual('head of the log', await caughtUp(served), before + load.answers);
  return { load, commitsMs: durationsMs, fsyncMs: median(rawFsyncs(served.folder, commitBytes, FSYNC_SAMPLES)) };
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const all = (of: (round: Round) => number) => rounds.map(of);
  const p99 = ({ load }: Round) => quantile(load.latenciesMs, 0.99);
  return [
    figure('events per fsync', 'events', {
      runs: all(({ load, commitsMs }) => load.answers / commitsMs.length),
      bar: { atLeast: 10 },
    }),
    figure('p99 of a request / median bare fsync', 'times', {
      runs: all((round) => p99(round) / round.fsyncMs),
      bar: { atMost: 10 },
    }),
    figure('p99 of a request / median commit', 'times', { runs: all((round) => p99(round) / median(round.commitsMs)) }),
    figure('requests per second', '/s', { runs: all(({ load }) => load.answers / load.seconds) }),
    figure('p50 of a request', 'ms', { runs: all(({ load }) => median(load.latenciesMs)) }),
    figure('p99 of a request', 'ms', { runs: all(p99) }),
    figure('median commit', 'ms', { runs: all(({ commitsMs }) => median(commitsMs)) }),
    figure('median bare fsync of as many bytes', 'ms', { runs: all(({ fsyncMs }) => fsyncMs) }),
    figure('bytes of a commit', 'bytes', { runs: [commitBytes] }),
  ];
}

/** New yubls with imported authors and texts, so that each reaches a realistic number of feeds. */
async function requests({ input }: Served): Promise<() => Request> {
  const said: { authorId: string; text: string }[] = [];
  for await (const { ns, fullDocument } of insertedDocuments(input.path)) {
    if (ns.coll === 'yubls') said.push({ authorId: idOf(fullDocument.userId), text: fullDocument.text ?? '' });
  }
  let made = 0;
  return () => {
    made += 1;
    const { authorId, text } = said[made % said.length] ?? { authorId: '', text: '' };
    const postedAt = new Date().toISOString();
    const yublId = Math.floor(Date.now() / 1000).toString(16) + made.toString(16).padStart(16, '0');
    const event = { specversion: '1.0', id: yublId, source: 'urn:bench', type: 'yubl-posted', time: postedAt };
    const body = JSON.stringify({ ...event, data: { yublId, authorId, text, postedAt } });
    return { text: postRequest('/events', body), check: checkTaken };
  };
}

function checkTaken(status: number, body: Buffer): void {
  if (status !== 202 || !body.includes('"accepted":1,')) throw new Error(`${status}: ${body.toString()}`);
}
