import { once } from 'node:events';
import { join } from 'node:path';
import { connect } from 'node:net';
import { openSqlite } from '../../adapters/embedded/files/sqlite.ts';
import { keyRangeOf } from '../../events/key-range.ts';
import { type Benchmark, type BenchContext, expectEqual, figure, type Figure } from '../harness/benchmark.ts';
import { type Servant, startServant } from '../harness/child.ts';
import type { Hold } from '../http/hold-probe.ts';
import type { ServerQuestion } from '../http/server-process.ts';
import { bodyShapes } from './body-shapes.ts';

const BAR_MS = 50;
const TAILS = 10;

/** How long requests block the event loop of the server, each from the previous measurement to its response. */
export const eventLoop: Benchmark = {
  name: 'event-loop',
  title: `Longest block of the server's event loop, for the most expensive requests`,
  async run(context) {
    const events = context.quick ? 20_000 : 200_000;
    const many = events / 2;
    const folder = join(context.folder, 'data');
    const figures: Figure[] = [];
    await serving(context, folder, async (server) => {
      figures.push(
        ...(await figuresOf(server, `publishing ${events} events in bodies of 5,000`, () => publish(server, events))),
      );
      await caughtUp(server, events);
      for (const { name, make, headers } of bodyShapes) {
        const body = make();
        const what = `a body of ${(body.length / 2 ** 20).toFixed(1)} MiB: ${name}`;
        figures.push(...(await figuresOf(server, what, () => server.post('/events', body, headers))));
      }
      figures.push(
        ...(await figuresOf(server, `${TAILS} live tails over ${events} events`, () => tails(server, events))),
      );
    });
    park(folder, many);
    await serving(context, folder, async (server) => {
      const reads = [
        ['GET /openapi.json, the first time', '/openapi.json'],
        ['GET /catalog, the first time', '/catalog'],
        ['GET /admin/parked', '/admin/parked?limit=200'],
        ['GET /admin/parked, by error', '/admin/parked?limit=200&error=nothing-like-this'],
        ['GET /status', '/status'],
        ['GET /metrics', '/metrics'],
        ['GET /admin/quarantine', '/admin/quarantine?limit=200'],
        ['GET /events', '/events?limit=200'],
        ['GET /traces of 1,000 events', '/traces/bench-flow'],
      ] as const;
      for (const [name, path] of reads) figures.push(...(await figuresOf(server, name, () => server.get(path))));
      const release = () => server.post('/admin/quarantine/1/release', '');
      figures.push(...(await figuresOf(server, 'releasing from the quarantine', release)));
    });
    return {
      input: `${events} events of user-joined, ${many} parked rows in one projection, and what the bodies left in the quarantine`,
      figures,
      notes: [
        'monitorEventLoopDelay of the serving thread, at a resolution of 1 ms, which is subtracted. The client and the projection threads share the two cores, and their load is included.',
      ],
    };
  },
};

interface Server {
  readonly port: number;
  hold(): Promise<Hold>;
  get(path: string): Promise<unknown>;
  post(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<unknown>;
}

async function serving(context: BenchContext, folder: string, work: (server: Server) => Promise<void>): Promise<void> {
  const servant: Servant & { ready: unknown } = await startServant(
    new URL('../http/server-process.ts', import.meta.url),
    [folder],
    { NODE_OPTIONS: '--max-old-space-size=1024' },
  );
  const { port } = servant.ready as { port: number };
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    const text = await response.text();
    if (response.status >= 500) throw new Error(`${path}: ${response.status} ${text}`);
    return /json/.test(response.headers.get('content-type') ?? '') ? (JSON.parse(text) as unknown) : text;
  };
  try {
    await work({
      port,
      hold: () => servant.ask<Hold>({ takeHold: true } satisfies ServerQuestion),
      get: (path) => ask(path),
      post: (path, body, headers = {}) => ask(path, { method: 'POST', body, headers: { ...headers } }),
    });
  } finally {
    await servant.stop();
  }
  context.say(`served ${folder}`);
}

async function figuresOf(server: Server, what: string, work: () => Promise<unknown>): Promise<Figure[]> {
  await server.hold();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await server.hold();
  await work();
  const { ms, processorMs } = await server.hold();
  return [
    figure(what, 'ms', { runs: [ms], bar: { atMost: BAR_MS } }),
    figure(`${what}: CPU time`, 'ms', { runs: [processorMs] }),
  ];
}

async function publish(server: Server, events: number): Promise<void> {
  for (let start = 0; start < events; start += 5000) {
    const lines = Array.from({ length: 5000 }, (_, index) => JSON.stringify(joined(start + index)));
    const taken = (await server.post('/events', lines.join('\n'))) as { accepted: number };
    expectEqual('accepted', taken.accepted, 5000);
  }
}

function joined(number: number) {
  const userId = number.toString(16).padStart(24, '0');
  const data = {
    userId,
    userName: `user_${number}`,
    firstName: 'First',
    lastName: 'Last',
    joinedAt: '2020-01-01T00:00:00Z',
  };
  const flow = number < 1000 ? { correlationid: 'bench-flow' } : {};
  return { specversion: '1.0', source: 'urn:bench', id: `${number}`, type: 'user-joined', ...flow, data };
}

interface StatusDocument {
  readonly projections: readonly { readonly position: number }[];
}

async function caughtUp(server: Server, head: number): Promise<void> {
  for (;;) {
    const { projections } = (await server.get('/status')) as StatusDocument;
    if (projections.every(({ position }) => position >= head)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Sends the whole log to each of the tails, over sockets that read immediately. */
async function tails({ port }: Server, events: number): Promise<void> {
  const last = Buffer.from(`\nid: ${events}\n`);
  const all = Array.from({ length: TAILS }, async () => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.write('GET /events/stream?from=1 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    let end = Buffer.alloc(0);
    const heard = Promise.withResolvers<void>();
    socket.on('data', (chunk: Buffer) => {
      const seen = Buffer.concat([end, chunk]);
      if (seen.includes(last)) heard.resolve();
      end = seen.subarray(-last.length);
    });
    socket.once('error', heard.reject);
    await heard.promise;
    socket.destroy();
    await once(socket, 'close');
  });
  await Promise.all(all);
}

/** As if a consumer had failed on this many events, each with its own key. */
function park(folder: string, rows: number): void {
  const database = openSqlite(join(folder, 'feed.db'), { synchronous: 'NORMAL', cacheMiB: 16, autocheckpointMiB: 80 });
  const insert = database.prepare(
    `INSERT INTO figtree_parked (position, key, range, event, consumer, attempts, code, error, parked_at_ms)
     VALUES (?, ?, ?, ?, 'maintain-feed', 6, 'TypeError', 'TypeError: cannot read it', 1456124520000)`,
  );
  database.exec('BEGIN');
  for (let position = 1; position <= rows; position += 1) {
    const key = position.toString(16).padStart(24, '0');
    insert.run(position, key, keyRangeOf(key), `bench-${position}`);
  }
  database.exec('COMMIT');
  database.close();
}
