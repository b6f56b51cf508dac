import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SearchCommand, UploadDocumentsCommand } from '@aws-sdk/client-cloudsearch-domain';
import type { CloudSearchField } from '../../adapters/aws/search/cloudsearch/fields.ts';
import { type Operation, readBatch } from './cloudsearch-double-batch.ts';
import type { StoredFields } from './cloudsearch-double-query.ts';
import { answerSearch } from './cloudsearch-double-search.ts';

// A double of an Amazon CloudSearch domain. There is no emulator of it, and new domains cannot be created: so this
// implements its published model and developer guide, and no more. Paths, parameters and their names come from the
// model in the SDK; limits of batches, documents, ids, fields and characters from the guide. How long CloudSearch takes
// to show a batch, when it throttles, and which errors it returns is not documented exactly: here a batch becomes
// visible after a time set by the test, and one that comes too soon is refused. Signatures are not checked.

export interface CloudSearchDouble {
  readonly endpoint: string;
  /** Accepted batches, with the time of each and its ids. */
  readonly batches: readonly { readonly at: number; readonly ids: readonly string[] }[];
  /** Batches that came too soon. */
  throttled(): number;
  /** What searches see now, by id. */
  documents(): ReadonlyMap<string, StoredFields>;
  /** For the next batches, before anything is checked: a status to respond with instead; `lost` accepts the batch and
   *  responds 504; `cut` accepts it and ends the connection; `ok` changes nothing. */
  failNext(...faults: readonly Fault[]): void;
  close(): Promise<void>;
}

export type Fault = number | 'lost' | 'cut' | 'ok';

export interface DoubleOptions {
  readonly fields: Readonly<Record<string, CloudSearchField>>;
  readonly now: () => number;
  /** Batches that come sooner are throttled. */
  readonly everyMs: number;
  readonly visibleAfterMs: number;
}

interface Pending {
  readonly at: number;
  readonly operations: readonly Operation[];
}

interface Domain extends DoubleOptions {
  readonly visible: Map<string, StoredFields>;
  readonly pending: Pending[];
  readonly batches: { at: number; ids: string[] }[];
  readonly faults: Fault[];
  throttled: number;
}

export async function startCloudSearchDouble(options: DoubleOptions): Promise<CloudSearchDouble> {
  const domain: Domain = { ...options, visible: new Map(), pending: [], batches: [], faults: [], throttled: 0 };
  const server = createServer((request, response) => {
    void answer(domain, request, response).catch((error: unknown) => refuse(response, 500, String(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    batches: domain.batches,
    failNext: (...faults) => void domain.faults.push(...faults),
    throttled: () => domain.throttled,
    documents() {
      showDue(domain);
      return domain.visible;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const REQUEST_LINE_MAX = 8190;
const ERROR_TYPE = 'x-amzn-errortype';

async function answer(domain: Domain, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if ((request.url ?? '').length > REQUEST_LINE_MAX) return refuse(response, 414, 'the request line is too long');
  const url = new URL(request.url ?? '', 'http://domain');
  const body = Buffer.concat(await request.toArray());
  if (url.pathname === pathOf(UPLOAD) && request.method === 'POST')
    return takeBatch(domain, request, { body, response });
  if (url.pathname !== pathOf(SEARCH)) return refuse(response, 404, 'no such resource');
  if (request.method === 'GET') return search(domain, url.searchParams, response);
  if (request.method !== 'POST' || request.headers['content-type'] !== 'application/x-www-form-urlencoded') {
    return refuse(response, 405, 'a search is a GET or a form');
  }
  return search(domain, new URLSearchParams(body.toString('utf8')), response);
}

// The SDK's description of the two operations: [9, namespace, name, { http: [method, uri, status] }, input, output].
type OperationSchema = readonly [
  number,
  string,
  string,
  { readonly http: readonly [string, string, number] },
  () => StructureSchema,
];
// [3, namespace, name, traits, member names, members], where a member is [type, traits].
type StructureSchema = readonly [
  number,
  string,
  string,
  unknown,
  readonly string[],
  readonly (readonly [unknown, { httpQuery?: string }])[],
];

const SEARCH = (new SearchCommand({ query: '' }) as unknown as { schema: OperationSchema }).schema;
const UPLOAD = (
  new UploadDocumentsCommand({ documents: '', contentType: 'application/json' }) as unknown as {
    schema: OperationSchema;
  }
).schema;
const pathOf = (operation: OperationSchema) => operation[3].http[1].split('?')[0];
const SEARCH_PARAMETERS = new Set(['format', 'pretty', ...SEARCH[4]()[5].map(([, traits]) => traits.httpQuery ?? '')]);

function search(domain: Domain, asked: URLSearchParams, response: ServerResponse): void {
  response.setHeader(ERROR_TYPE, 'SearchException');
  const unknown = [...asked.keys()].find((name) => !SEARCH_PARAMETERS.has(name));
  if (unknown !== undefined) return refuse(response, 400, `no such parameter: ${unknown}`);
  showDue(domain);
  try {
    const hits = answerSearch(domain.visible, asked, domain.fields);
    reply(response, 200, { status: { timems: 1, rid: 'double' }, hits });
  } catch (error) {
    refuse(response, 400, error instanceof Error ? error.message : String(error));
  }
}

function showDue({ visible, pending, now, visibleAfterMs }: Domain): void {
  for (let first = pending[0]; first !== undefined && first.at + visibleAfterMs <= now(); first = pending[0]) {
    pending.shift();
    for (const operation of first.operations) {
      if (operation.type === 'add') visible.set(operation.id, operation.fields);
      else visible.delete(operation.id);
    }
  }
}

function takeBatch(
  domain: Domain,
  request: IncomingMessage,
  { body, response }: { readonly body: Buffer; readonly response: ServerResponse },
): void {
  const fault = domain.faults.shift() ?? 'ok';
  if (typeof fault === 'number') return refuse(response, fault, 'as the test wants it');
  if (request.headers['content-type'] !== 'application/json')
    return refuse(response, 400, 'the double takes JSON alone');
  const at = domain.now();
  if (at - (domain.batches.at(-1)?.at ?? -Infinity) < domain.everyMs) {
    domain.throttled += 1;
    return refuse(response, 429, 'too many batches');
  }
  const operations = readBatch(body, domain.fields);
  if ('status' in operations) return refuse(response, operations.status, operations.message);
  domain.batches.push({ at, ids: operations.map(({ id }) => id) });
  domain.pending.push({ at, operations });
  if (fault === 'cut') return void response.destroy();
  if (fault === 'lost') return refuse(response, 504, 'the answer was lost');
  const adds = operations.filter(({ type }) => type === 'add').length;
  reply(response, 200, { status: 'success', adds, deletes: operations.length - adds });
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (!response.hasHeader(ERROR_TYPE)) response.setHeader(ERROR_TYPE, 'DocumentServiceException');
  reply(response, status, { status: 'error', message });
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
