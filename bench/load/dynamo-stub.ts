import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DynamoStub {
  readonly endpoint: string;
  requests(): number;
  close(): Promise<void>;
}

/** Answers any request of DynamoDB immediately, as empty or done. Runs in this process, so its cost is part of the
 *  measurement. */
export async function openDynamoStub(): Promise<DynamoStub> {
  let requests = 0;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    requests += 1;
    request.resume();
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).split('.')[1];
      const answer = operation === 'Query' ? '{"Items":[],"Count":0,"ScannedCount":0}' : '{"UnprocessedItems":{}}';
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests: () => requests,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
