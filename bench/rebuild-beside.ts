import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { projectionNames } from '../apps/projections/registry.ts';
import { type Benchmark, expectEqual, figure } from './harness/benchmark.ts';
import { runProcess } from './harness/child.ts';
import { median, quantile, sample } from './harness/statistics.ts';
import { caughtUp, type Served, withServer } from './http/served.ts';
import { insertedDocuments, keyOf } from './load/change-lines.ts';

// The cost of a rebuild for users of the server meanwhile. Both loads have a fixed rate, because clients do not wait
// for each other: with saturated cores, anything that runs beside would make every client wait.
const READS_PER_SECOND = 200;
const POSTS_PER_SECOND = 20;
const BURST_MAX = 10;
const WATCHED_FOLLOWERS = 20;
const FIGTREE = fileURLToPath(new URL('../figtree', import.meta.url));

export const rebuildBeside: Benchmark = {
  name: 'rebuild-beside',
  title: '`figtree rebuild all` beside a server under load',
  run: (context) =>
    withServer(context, async (served) => {
      const readers = await readersOf(served);
      const crowd = await openCrowd(served);
      await load(served, { readers, crowd, until: sleep(1000) });
      const rounds: { without: Load; during: Load; seconds: number }[] = [];
      for (let round = 0; round < (context.quick ? 1 : 5); round += 1) {
        context.say(`round ${round + 1}`);
        const without = await load(served, { readers, crowd, until: sleep(context.quick ? 2000 : 5000) });
        const rebuilding = rebuildAll(served);
        const during = await load(served, { readers, crowd, until: rebuilding });
        rounds.push({ without, during, seconds: await rebuilding });
      }
      await crowd.check();
      return {
        input: served.input.words,
        figures: figuresOf(rounds),
        notes: [
          `${READS_PER_SECOND} reads of feeds and ${POSTS_PER_SECOND} posts per second on a fixed schedule; a read is timed from when it was due. A post’s event counts as applied when GET /status?after= with its position responds, because then every projection has it.`,
          `At the end ${WATCHED_FOLLOWERS} followers of the author had each of the author’s yubls once and in order, and the log had every event.`,
        ],
      };
    }),
};

interface Load {
  readonly readMs: readonly number[];
  readonly appliedMs: readonly number[];
}

interface Clients {
  readonly readers: readonly string[];
  readonly crowd: Crowd;
  readonly until: Promise<unknown>;
}

async function load({ port }: Served, { readers, crowd, until }: Clients): Promise<Load> {
  const [readMs, appliedMs]: number[][] = [[], []];
  let place = 0;
  async function read(dueMs: number): Promise<void> {
    const user = readers[(place += 1) % readers.length] ?? '';
    const response = await fetch(`http://127.0.0.1:${port}/feeds/${user}`);
    const { items } = (await response.json()) as { items: unknown[] };
    if (response.status !== 200 || items.length === 0) throw new Error(`GET /feeds/${user}: ${response.status}`);
    readMs?.push(performance.now() - dueMs);
  }
  async function post(): Promise<void> {
    const startMs = performance.now();
    await crowd.postAndWait();
    appliedMs?.push(performance.now() - startMs);
  }
  let ended = false;
  void until.finally(() => (ended = true)).catch(() => {});
  const over = () => ended;
  await Promise.all([atRate(READS_PER_SECOND, read, over), atRate(POSTS_PER_SECOND, post, over)]);
  await until;
  return { readMs: readMs ?? [], appliedMs: appliedMs ?? [] };
}

/** Begins a number of calls per second, whether earlier ones have ended or not; resolves when all have. */
async function atRate(perSecond: number, begin: (dueMs: number) => Promise<void>, over: () => boolean): Promise<void> {
  const startMs = performance.now();
  const begun: Promise<void>[] = [];
  while (!over()) {
    const due = Math.floor(((performance.now() - startMs) * perSecond) / 1000);
    // Bursts are limited, so that responses are processed even if the loop is far behind.
    for (let burst = 0; burst < BURST_MAX && begun.length < due; burst += 1) {
      begun.push(begin(startMs + (begun.length * 1000) / perSecond));
    }
    await sleep(1);
  }
  await Promise.all(begun);
}

async function rebuildAll({ folder }: Served): Promise<number> {
  const environment = { FIGTREE_DATA: folder, LOG_LEVEL: 'warn' };
  const { stdout, seconds } = await runProcess(FIGTREE, ['rebuild', 'all', '--json'], environment);
  const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { stage: string };
  expectEqual('stage of the rebuild', last.stage, 'swapped');
  return seconds;
}

/** A new user with a few followers, who posts. */
interface Crowd {
  postAndWait(): Promise<void>;
  /** Throws if anything was lost or duplicated. */
  check(): Promise<void>;
}

const idOf = (kind: string, number: number) => kind + String(number).padStart(24 - kind.length, '0');
const AUTHOR = idOf('bb', 1);

async function openCrowd(served: Served): Promise<Crowd> {
  const headBefore = await caughtUp(served);
  let events = 0;
  async function send(type: string, data: object): Promise<number> {
    events += 1;
    const event = { specversion: '1.0', source: 'urn:bench', id: `${events}`, type, data };
    const response = await fetch(`http://127.0.0.1:${served.port}/events`, {
      method: 'POST',
      body: JSON.stringify(event),
    });
    const report = (await response.json()) as { accepted: number; position: number };
    expectEqual('accepted', report.accepted, 1);
    return report.position;
  }
  const followers = Array.from({ length: WATCHED_FOLLOWERS }, (_, index) => idOf('bc', index));
  const at = () => new Date().toISOString();
  for (const [index, followerId] of followers.entries()) {
    const pair = { followerId, followeeId: AUTHOR };
    await send('followed', { relationshipId: idOf('bd', index), ...pair, followedAt: at() });
  }
  let posted = 0;
  return {
    async postAndWait() {
      posted += 1;
      const yublId = idOf('be', posted);
      const position = await send('yubl-posted', {
        yublId,
        authorId: AUTHOR,
        text: 'beside a rebuild',
        postedAt: at(),
      });
      await served.get(`/status?after=${position}`);
    },
    async check() {
      expectEqual('head', await caughtUp(served), headBefore + events);
      // A feed holds no more than 800.
      const kept = Array.from({ length: Math.min(posted, 800) }, (_, index) => idOf('be', posted - index));
      for (const follower of followers) {
        const found = (await feedOf(served, follower)).toSorted().toReversed();
        expectEqual(`feed of ${follower}`, found.join(' '), kept.join(' '));
      }
    },
  };
}

async function feedOf(served: Served, user: string): Promise<string[]> {
  const found: string[] = [];
  for (let cursor = ''; ;) {
    const path = `/feeds/${user}?limit=200${cursor}`;
    const { items, next } = await served.get<{ items: { yublId: string }[]; next: string | null }>(path);
    found.push(...items.map(({ yublId }) => yublId));
    if (next === null) return found;
    cursor = `&cursor=${next}`;
  }
}

async function readersOf({ input, port }: Served): Promise<string[]> {
  const users: string[] = [];
  for await (const document of insertedDocuments(input.path))
    if (document.ns.coll === 'users') users.push(keyOf(document));
  const readers: string[] = [];
  for (const user of sample(users, users.length)) {
    const response = await fetch(`http://127.0.0.1:${port}/feeds/${user}`);
    if (((await response.json()) as { items: unknown[] }).items.length === 50) readers.push(user);
    if (readers.length === 300) return readers;
  }
  throw new Error(`only ${readers.length} feeds have 50 items`);
}

function figuresOf(rounds: readonly { without: Load; during: Load; seconds: number }[]) {
  const p99 = ({ readMs }: Load) => quantile(readMs, 0.99);
  const last = ({ appliedMs }: Load) => Math.max(...appliedMs) / 1000;
  return [
    figure('p99 of a feed during a rebuild / without one', 'times', {
      runs: rounds.map(({ without, during }) => p99(during) / p99(without)),
      bar: { atMost: 2 },
    }),
    figure('p99 of a feed during a rebuild', 'ms', { runs: rounds.map(({ during }) => p99(during)) }),
    figure('p99 of a feed without one', 'ms', { runs: rounds.map(({ without }) => p99(without)) }),
    figure('longest time from a post until all projections have it, during a rebuild', 's', {
      runs: rounds.map(({ during }) => last(during)),
      bar: { atMost: 1 },
    }),
    figure('the same without a rebuild', 's', { runs: rounds.map(({ without }) => last(without)) }),
    figure('the median of the same, during a rebuild', 'ms', {
      runs: rounds.map(({ during }) => median(during.appliedMs)),
    }),
    figure(`rebuild of ${projectionNames.join(', ')}, swap included`, 's', {
      runs: rounds.map(({ seconds }) => seconds),
    }),
  ];
}
