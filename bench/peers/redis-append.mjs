import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { Redis } from 'ioredis';
import { serveSlices, yublData } from '../append/slices.ts';

// Redis Streams: a separate redis-server on the loopback, which fsyncs its file before it answers (appendfsync always)
// and never rewrites it meanwhile. The entries of one call are sent as one pipeline.
const [path = ''] = process.argv.slice(2);
await serveSlices(async () => {
  const port = await freePort();
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: dirname(path),
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
    'auto-aof-rewrite-percentage': 0,
  };
  const parameters = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn('redis-server', parameters, { stdio: 'ignore' });
  const redis = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 50 });
  // Until the server listens, connecting fails and is retried.
  redis.on('error', () => {});
  await redis.ping();
  let made = 0;
  return {
    async append(events) {
      const pipeline = redis.pipeline();
      for (let event = 0; event < events; event += 1) {
        const data = yublData((made += 1));
        pipeline.xadd('events', '*', 'type', 'yubl-posted', 'data', JSON.stringify(data));
      }
      for (const [error] of await pipeline.exec()) if (error) throw error;
    },
    count: () => redis.xlen('events'),
    async close() {
      const exit = once(server, 'exit');
      redis.disconnect();
      server.kill();
      await exit;
    },
  };
});

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
