import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A server in front of an emulator that causes the faults of AWS on a bad day. */
export interface FaultProxy {
  readonly endpoint: string;
  /** How often each fault occurred. */
  readonly done: ReadonlyMap<Fault, number>;
  /** The share of requests with a fault, from 0 to 1, from now on. */
  setShare(share: number): void;
  close(): Promise<void>;
}

/** throttled: refused before anything is done. broken: the same with a 5xx. halved: some entries of a batch are
 *  refused, although the response is a 200. unanswered: it is done, and the connection ends before the response. late:
 *  it is done, and answered after the next ones. */
export const faults = ['throttled', 'broken', 'halved', 'unanswered', 'late'] as const;
export type Fault = (typeof faults)[number];

const LATE_MS = 60;

export async function openFaultProxy(target: string, random: () => number): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const done = new Map<Fault, number>();
  let share = 0;

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const call: Call = { operation: operationOf(incoming, body), body };
    const fault = random() < share ? faults[Math.floor(random() * faults.length)] : undefined;
    const batch = fault === 'halved' ? halved(call, random) : undefined;
    const effective = fault === 'halved' && batch === undefined ? 'broken' : fault;
    if (effective !== undefined) done.set(effective, (done.get(effective) ?? 0) + 1);
    if (effective === 'throttled' || effective === 'broken') return refuse(call.operation, effective, response);
    const forwarded = await forward(incoming, batch?.body ?? body);
    if (effective === 'unanswered') return void response.destroy();
    if (effective === 'late') await new Promise((resolve) => setTimeout(resolve, LATE_MS));
    const text = batch === undefined ? forwarded.body : batch.complete(forwarded.body);
    const {
      'content-length': _length,
      'transfer-encoding': _encoding,
      'x-amz-crc32': _crc,
      ...headers
    } = forwarded.headers;
    response.writeHead(forwarded.status, { ...headers, 'content-length': text.length });
    response.end(text);
  }

  function forward(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const headers = { ...incoming.headers, 'content-length': String(body.length) };
    const path = incoming.url ?? '/';
    const outgoing = ask({ hostname, port, path, method: incoming.method, headers }, (given) => {
      buffer(given).then((body) => resolve({ status: given.statusCode ?? 500, headers: given.headers, body }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
    return promise;
  }

  const server: Server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    done,
    setShare: (next) => void (share = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Call {
  /** For instance `PutRecords`; empty if the request does not state it in a simple way. */
  readonly operation: string;
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function operationOf({ headers }: IncomingMessage, body: Buffer): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.slice(target.indexOf('.') + 1);
  return /(?:^|&)Action=(\w+)/.exec(body.subarray(0, 2000).toString())?.[1] ?? '';
}

// Where each protocol states the error: JSON in the body, the others in the status.
function refuse(operation: string, fault: 'throttled' | 'broken', response: ServerResponse): void {
  const throttled = fault === 'throttled';
  const json = operation !== '' && operation !== 'Publish' && operation !== 'PublishBatch';
  const name = throttled ? 'ProvisionedThroughputExceededException' : 'InternalServerError';
  if (json) {
    response.writeHead(throttled ? 400 : 500, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `com.amazonaws#${name}`, message: 'planted' }));
  } else {
    response.writeHead(503, { 'content-type': 'text/xml' });
    const code = throttled ? 'Throttling' : 'InternalError';
    response.end(
      `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>planted</Message></Error></ErrorResponse>`,
    );
  }
}

/** A part of a batch, and a function that turns the response to that part into one to the whole. */
interface Halved {
  readonly body: Buffer;
  readonly complete: (answer: Buffer) => Buffer;
}

type Json = Record<string, never>;

function halved({ operation, body }: Call, random: () => number): Halved | undefined {
  if (operation === 'PutRecords') return halvedRecords(JSON.parse(body.toString()) as never, random);
  if (operation === 'BatchWriteItem') return halvedItems(JSON.parse(body.toString()) as never, random);
  return undefined;
}

interface PutRecords {
  readonly Records: unknown[];
}

function halvedRecords(asked: PutRecords, random: () => number): Halved | undefined {
  const taken = asked.Records.map(() => random() < 0.5);
  if (!taken.includes(true)) return undefined;
  return {
    body: Buffer.from(JSON.stringify({ ...asked, Records: asked.Records.filter((_, index) => taken[index]) })),
    complete(answer) {
      const given = JSON.parse(answer.toString()) as Json & { Records?: unknown[]; FailedRecordCount?: number };
      if (given.Records === undefined) return answer;
      const rest = [...given.Records];
      const refusal = { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'planted' };
      const Records = taken.map((was) => (was ? rest.shift() : refusal));
      const FailedRecordCount = (given.FailedRecordCount ?? 0) + taken.filter((was) => !was).length;
      return Buffer.from(JSON.stringify({ ...given, Records, FailedRecordCount }));
    },
  };
}

interface BatchWrite {
  readonly RequestItems: Record<string, unknown[]>;
}

function halvedItems(asked: BatchWrite, random: () => number): Halved | undefined {
  const taken: BatchWrite['RequestItems'] = {};
  const left: BatchWrite['RequestItems'] = {};
  for (const [table, requests] of Object.entries(asked.RequestItems)) {
    for (const request of requests) ((random() < 0.5 ? taken : left)[table] ??= []).push(request);
  }
  if (Object.keys(taken).length === 0) return undefined;
  return {
    body: Buffer.from(JSON.stringify({ ...asked, RequestItems: taken })),
    complete(answer) {
      const given = JSON.parse(answer.toString()) as Json & { UnprocessedItems?: BatchWrite['RequestItems'] };
      if (given.UnprocessedItems === undefined) return answer;
      const UnprocessedItems = { ...given.UnprocessedItems };
      for (const [table, requests] of Object.entries(left)) {
        UnprocessedItems[table] = [...(UnprocessedItems[table] ?? []), ...requests];
      }
      return Buffer.from(JSON.stringify({ ...given, UnprocessedItems }));
    },
  };
}
