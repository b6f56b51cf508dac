import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { NodeHttp2Handler } from '@smithy/node-http-handler';
import { afterEach, expect, test } from 'vitest';
import { createStreamModel } from '../../../testing/aws/kinesis-stream-model.ts';
import { openKinesisStandIn } from '../../../testing/aws/kinesis-stand-in.ts';
import { openKinesisClient } from './client.ts';

const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } };
const put = () => new PutRecordCommand({ StreamName: 'events', PartitionKey: 'k', Data: Buffer.from('{}') });

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

test('sends all requests over one connection where there is no TLS, and one for each that is under way', async () => {
  const standIn = await openKinesisStandIn({ model: createStreamModel() });
  const client = openKinesisClient({ ...LOCAL, endpoint: standIn.endpoint });
  endings.push(standIn.close, () => client.destroy());
  for (let index = 0; index < 50; index += 1) await client.send(put());
  expect(standIn.connections()).toBe(1);
  await Promise.all(Array.from({ length: 8 }, () => client.send(put())));
  expect(standIn.connections()).toBeLessThanOrEqual(8);
});

test('sends all requests in one session of HTTP/2, where the default of the SDK makes one for each', async (context) => {
  const server = await openHttp2Server();
  if (server === undefined) return context.skip(NO_CERTIFICATE);
  const { endpoint, sessions } = server;
  const trusting = { nodeHttp2ConnectOptions: { ca: server.certificate } };
  // The defaults of the SDK's own client (runtimeConfig.js), and a certificate to trust.
  const byDefault = new NodeHttp2Handler({ disableConcurrentStreams: true, ...trusting });
  const usual = new KinesisClient({ ...LOCAL, endpoint, requestHandler: byDefault });
  for (let index = 0; index < 10; index += 1) await usual.send(put());
  expect(sessions()).toBe(10);
  usual.destroy();

  const client = openKinesisClient({ ...LOCAL, endpoint, certificate: server.certificate });
  endings.push(() => client.destroy());
  for (let index = 0; index < 10; index += 1) await client.send(put());
  await Promise.all(Array.from({ length: 10 }, () => client.send(put())));
  expect(sessions()).toBe(11);
});

test('replaces a connection that no longer answers', async (context) => {
  const server = await openHttp2Server();
  if (server === undefined) return context.skip(NO_CERTIFICATE);
  const client = openKinesisClient({ ...LOCAL, ...server, requestTimeoutMs: 200 });
  endings.push(() => client.destroy());
  await client.send(put());
  server.fallSilent();
  await expect(client.send(put())).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(await client.send(put())).toMatchObject({ SequenceNumber: '1' });
  expect(server.sessions()).toBe(2);
});

interface Http2Server {
  readonly endpoint: string;
  readonly certificate: string;
  readonly sessions: () => number;
  /** Existing sessions no longer answer. */
  fallSilent(): void;
}

const NO_CERTIFICATE = 'there is no openssl here to make a certificate with';

async function openHttp2Server(): Promise<Http2Server | undefined> {
  const made = ownCertificate();
  if (made === undefined) return undefined;
  const { key, certificate } = made;
  const server = createSecureServer({ key, cert: certificate });
  const open = new Set<ServerHttp2Session>();
  const silent = new WeakSet<object>();
  let sessions = 0;
  server.on('session', (session) => {
    sessions += 1;
    open.add(session);
  });
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.resume();
    stream.on('error', () => undefined);
    if (stream.session !== undefined && silent.has(stream.session)) return;
    stream.respond({ ':status': 200, 'content-type': 'application/x-amz-json-1.1' });
    stream.end('{"SequenceNumber":"1","ShardId":"s"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(() => {
    for (const session of open) session.destroy();
    server.close();
  });
  return {
    endpoint: `https://localhost:${(server.address() as AddressInfo).port}`,
    certificate,
    sessions: () => sessions,
    fallSilent() {
      for (const session of open) silent.add(session);
    },
  };
}

function ownCertificate(): { key: string; certificate: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-tls-'));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  try {
    execFileSync('openssl', ['req', '-x509', ...made, ...subject, '-keyout', key, '-out', certificate], {
      stdio: 'pipe',
    });
    return { key: readFileSync(key, 'utf8'), certificate: readFileSync(certificate, 'utf8') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
