import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type DynamoDouble, openDynamoDouble, Refusal } from './dynamo-double.ts';

/** The fault of one request. */
export type Trouble =
  /** This response is sent, and nothing is done. Reasons are those of a cancelled transaction, one for each action. */
  | { readonly error: string; readonly status?: number; readonly reasons?: readonly string[] }
  /** The connection ends, before it is done or after, which loses the response. */
  | { readonly connection: 'before' | 'after' }
  /** There is no response. */
  | { readonly silent: true }
  /** Only this many requests of a batch are done. */
  | { readonly processed: number };

export interface Asked {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface TroubledDynamo extends Pick<DynamoDouble, 'items'> {
  readonly config: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  /** All requests, in order. */
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** DynamoDB in this process, over HTTP, with the requested faults: `trouble` is called for each request, and returns
 *  undefined for none. `number` counts the requests from 0. */
export async function openTroubledDynamo(
  trouble: (asked: Asked, number: number) => Trouble | undefined,
): Promise<TroubledDynamo> {
  const { items, perform } = openDynamoDouble();
  const asked: Asked[] = [];
  const server = createServer((request, response) => void handle(request, response));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    const input = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Asked['input'];
    const wrong = trouble({ operation, input }, asked.length);
    asked.push({ operation, input });
    if (wrong === undefined) return answerWith(response, () => perform(operation, input));
    if ('silent' in wrong) return;
    if ('error' in wrong) return refuse(response, new Refusal(wrong.error, wrong.reasons), wrong.status ?? 400);
    if ('processed' in wrong) return answerWith(response, () => inPart({ operation, input }, wrong.processed));
    if (wrong.connection === 'after') {
      try {
        perform(operation, input);
      } catch {
        // The refusal is lost as well.
      }
    }
    response.destroy();
  }

  function inPart({ operation, input }: Asked, processed: number): Record<string, unknown> {
    const [[table, all] = ['', []]] = Object.entries(input['RequestItems'] as Record<string, unknown>);
    const isGet = operation === 'BatchGetItem';
    const each = isGet ? (all as { Keys: unknown[] }).Keys : (all as unknown[]);
    const shape = (some: unknown[]) => ({ [table]: isGet ? { ...(all as object), Keys: some } : some });
    const done = processed > 0 ? perform(operation, { RequestItems: shape(each.slice(0, processed)) }) : {};
    return { ...done, [isGet ? 'UnprocessedKeys' : 'UnprocessedItems']: shape(each.slice(processed)) };
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    items,
    asked,
    config: { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answerWith(response: ServerResponse, perform: () => Record<string, unknown>): void {
  try {
    send(response, 200, perform());
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse(response, error, 400);
  }
}

function refuse(response: ServerResponse, { code, reasons }: Refusal, status: number): void {
  const CancellationReasons = reasons.map((Code) => ({ Code }));
  send(response, status, {
    __type: `com.amazonaws.dynamodb.v20120810#${code}`,
    message: code,
    ...(reasons.length > 0 && { CancellationReasons }),
  });
}

function send(response: ServerResponse, status: number, body: Record<string, unknown>): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify(body));
}
