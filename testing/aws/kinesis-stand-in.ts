import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readOperation } from './kinesis-reading.ts';
import type { StreamModel } from './kinesis-stream-model.ts';

/** The fault of a request. Without one it is answered correctly. */
export type Fault =
  /** The records at these places are not accepted. */
  | { readonly kind: 'records'; readonly places: readonly number[]; readonly code?: string }
  | { readonly kind: 'error'; readonly status: number; readonly type: string }
  /** The connection ends, before anything is done or after. */
  | { readonly kind: 'reset'; readonly taken: boolean }
  | { readonly kind: 'slow'; readonly ms: number; readonly taken: boolean };

export interface RequestSeen {
  readonly operation: string;
  readonly body: Record<string, unknown>;
}

export interface KinesisStandIn {
  readonly endpoint: string;
  /** Requested operations, in order. */
  readonly seen: string[];
  /** TCP connections that were ever opened. */
  readonly connections: () => number;
  close(): Promise<void>;
}

export interface StandInParts {
  readonly model: StreamModel;
  readonly fault?: (request: RequestSeen) => Fault | undefined;
  /** The order in which the records of one request are accepted: Kinesis guarantees none. */
  readonly order?: (places: readonly number[]) => readonly number[];
  readonly distribution?: () => string | undefined;
}

/** A server in this process that implements the part of Kinesis' JSON protocol used by producer and reader, and fails
 *  on demand. It checks nothing and limits nothing: that is what emulators are for. */
export async function openKinesisStandIn(parts: StandInParts): Promise<KinesisStandIn> {
  const seen: string[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  server.on('connection', () => void (connections += 1));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const operation = String(request.headers['x-amz-target']).replace('Kinesis_20131202.', '');
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
    seen.push(operation);
    const fault = parts.fault?.({ operation, body });
    if (fault?.kind === 'error') return send(response, fault.status, { __type: fault.type, message: 'as was wanted' });
    if (fault?.kind === 'slow') await sleep(fault.ms, undefined, { ref: false });
    if ((fault?.kind === 'reset' || fault?.kind === 'slow') && !fault.taken) return void response.destroy();
    const { status = 200, ...answered } = perform(operation, body, fault);
    if (fault?.kind === 'reset') return void response.destroy();
    send(response, status, answered);
  }

  function perform(operation: string, body: Record<string, unknown>, fault: Fault | undefined): Answered {
    if (operation === 'PutRecords') return putRecords(parts, body, fault);
    if (operation === 'PutRecord') return { ...parts.model.put(String(body['PartitionKey']), String(body['Data'])) };
    if (operation === 'DescribeStreamSummary') {
      return { StreamDescriptionSummary: { RecordDistributionStrategy: parts.distribution?.() } };
    }
    return readOperation(parts.model, operation, body);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    connections: () => connections,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Answered {
  status?: number;
  [name: string]: unknown;
}

function putRecords({ model, order }: StandInParts, body: Record<string, unknown>, fault: Fault | undefined): Answered {
  const wanted = body['Records'] as { PartitionKey: string; Data: string }[];
  const refused = fault?.kind === 'records' ? new Set(fault.places) : undefined;
  const code = (fault?.kind === 'records' ? fault.code : undefined) ?? 'ProvisionedThroughputExceededException';
  const answers: unknown[] = wanted.map(() => ({ ErrorCode: code, ErrorMessage: 'as was wanted' }));
  const places = wanted.map((_, place) => place);
  for (const place of order?.(places) ?? places) {
    const record = wanted[place];
    if (record === undefined || refused?.has(place) === true) continue;
    answers[place] = model.put(record.PartitionKey, record.Data);
  }
  return { FailedRecordCount: refused?.size ?? 0, Records: answers };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}
