import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';

// A double of Kinesis that stores nothing: it counts requests and records, and answers after the duration of a round
// trip within a region. It serves HTTP/1.1 on one port and HTTP/2 on another, both without TLS.

const [roundTripMs = '0'] = process.argv.slice(2);
const counted = { requests: 0, records: 0, connections: 0 };
const TAKEN =
  '{"SequenceNumber":"49590338271490256608559692538361571095921575989136588898","ShardId":"shardId-000000000000"}';

async function answer(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const operation = String(request.headers['x-amz-target']).split('.')[1];
  const records = operation === 'PutRecords' ? keysIn(body) : Number(operation === 'PutRecord');
  if (records > 0) counted.requests += 1;
  counted.records += records;
  setTimeout(() => {
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(
      operation === 'PutRecords'
        ? `{"FailedRecordCount":0,"Records":[${Array(records).fill(TAKEN).join()}]}`
        : operation === 'PutRecord'
          ? TAKEN
          : '{"StreamDescriptionSummary":{}}',
    );
  }, Number(roundTripMs));
}

function keysIn(body: Buffer): number {
  const key = '"PartitionKey"';
  let found = 0;
  for (let at = body.indexOf(key); at >= 0; at = body.indexOf(key, at + key.length)) found += 1;
  return found;
}

async function listening(server: Server): Promise<number> {
  server.on('connection', () => void (counted.connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const ports = {
  http1: await listening(createServer((request, response) => void answer(request, response))),
  http2: await listening(createHttp2Server((request, response) => void answer(request, response))),
};
process.on('message', (question: { end?: true }) => {
  if (question.end === true) process.exit(0);
  process.send?.({ ...counted });
  counted.requests = counted.records = counted.connections = 0;
});
process.send?.(ports);
