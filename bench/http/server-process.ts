import { openEmbeddedEngine } from '../../apps/embedded/open-engine.ts';
import { openLogger } from '../../apps/logger.ts';
import { openServer } from '../../apps/server/server.ts';
import { watchCommits } from './commit-probe.ts';
import { drawSite } from '../../apps/embedded/catalog/drawn-site.ts';
import { watchHolds } from './hold-probe.ts';

/** `takeHold` returns the longest hold of the event loop since its last call. */
export type ServerQuestion =
  | { readonly takeCommits: true }
  | { readonly takeHold: true }
  | { readonly constant: string };

// `figtree serve` with two differences: its commits are observed, and it has two more routes, which return a given JSON
// text unchanged or serialized on each request. They use the same server, app and middlewares.
const [folder = ''] = process.argv.slice(2);
const takeCommits = watchCommits();
const logger = openLogger({ level: 'warn', destination: 2 });
const threadLogs = { level: 'warn', destination: 2 } as const;
const engine = await openEmbeddedEngine({ folder, feedLength: 800, celebrityFollowers: 10_000, logger, threadLogs });
// Starts with the first question: the other benchmarks measure a server without it.
let takeHold: ReturnType<typeof watchHolds> | undefined;
let constant = '{}';
let constantObject: object = {};
const server = await openServer({
  engine,
  drawSite,
  log: logger,
  config: { host: '127.0.0.1', port: 0, auth: { publishKeys: [] } },
  extend(app) {
    app.get('/constant', (c) => c.body(constant, 200, { 'content-type': 'application/json' }));
    app.get('/constant-object', (c) => c.json(constantObject));
  },
});

process.on('message', (question: ServerQuestion | { readonly end: true }) => {
  if ('end' in question) void stop();
  else if ('takeHold' in question) process.send?.((takeHold ??= watchHolds())());
  else if ('constant' in question) {
    constant = question.constant;
    constantObject = JSON.parse(constant) as object;
    process.send?.('taken');
  } else process.send?.(takeCommits());
});
process.send?.({ port: Number(new URL(server.url).port) });

async function stop(): Promise<void> {
  await server.close();
  await engine.close();
  process.disconnect();
}
