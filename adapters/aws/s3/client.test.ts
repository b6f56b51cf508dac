import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openS3Client } from './client.ts';
import { openS3Objects, type S3Objects } from './objects.ts';

const SILENCE_MS = 60;
let server: Server;
let close: () => void;

/** For a server that answers each request by the next of these, and further ones by the last. */
async function objectsOf(...answers: readonly RequestListener[]): Promise<S3Objects> {
  let requests = 0;
  server = createServer((request, response) => {
    request.resume();
    answers[Math.min(requests++, answers.length - 1)]?.(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = openS3Client({ endpoint, region: 'eu-west-1', credentials }, SILENCE_MS);
  close = () => client.destroy();
  return openS3Objects({ client, bucket: 'bucket' });
}

afterEach(async () => {
  close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const silence: RequestListener = () => {};
const whole: RequestListener = (_, response) => void response.end('figs');

test('what hears no answer is sent again', async () => {
  const objects = await objectsOf(silence, silence, whole);
  await expect(objects.put('name', new TextEncoder().encode('figs'))).resolves.toBeUndefined();
});

test('what breaks off without a word is asked for again', async () => {
  const half: RequestListener = (_, response) => void response.writeHead(200, { 'content-length': 4 }).write('fi');
  const objects = await objectsOf(half, whole);
  expect(new TextDecoder().decode(await objects.get('name'))).toBe('figs');
});
