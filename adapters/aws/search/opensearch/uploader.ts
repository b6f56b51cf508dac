import type { Client } from '@opensearch-project/opensearch';
import { FigtreeError } from '../../../../events/errors.ts';
import type { Backoff } from '../../../../resilience/backoff.ts';
import { createBatcher, type ItemOutcome } from '../../../../resilience/batcher.ts';
import { type BulkLines, bulkLines } from './bulk.ts';
import { openSearchFailure, statusOf } from './client.ts';
import type { SearchDocument, NotifyEngine } from '../search-documents.ts';

export interface UploaderOptions {
  /** Size of one `_bulk` request. Default: 5,000,000; more than 15,000,000 makes OpenSearch slower, not faster. */
  readonly bytesMax?: number;
  readonly pauses?: Backoff;
}

const REQUESTS_AT_ONCE = 2;
const PAUSES = { firstMs: 100, maxMs: 5000 };
// OpenSearch has to be blamed before a handler's timeout blames the event.
const LIMITS = { attemptsMax: 8, withinMs: 10_000 };

interface Wanted extends BulkLines {
  readonly key: string;
  readonly version: number;
}

/** Writes documents with `_bulk`, concurrent ones together. A newer document in OpenSearch counts as written. Rejects
 *  with STORAGE_FAILED (retryable), and with INTERNAL for a document that OpenSearch can never take. */
export function openOpenSearchUploader(client: Client, name: string, options: UploaderOptions = {}): NotifyEngine {
  const { bytesMax = 5_000_000, pauses = PAUSES } = options;
  const batcher = createBatcher<Wanted>({
    send: (documents) => write(client, documents),
    afterFailure(error) {
      const status = statusOf(error);
      if (status === 413) return 'split';
      return status === undefined || status === 429 || status >= 500 ? 'again' : 'give-up';
    },
    failure: openSearchFailure,
    retry: { ...pauses, ...LIMITS },
    countMax: Infinity,
    bytesMax,
    bytesOf: ({ text }) => Buffer.byteLength(text),
    batchesAtOnce: REQUESTS_AT_ONCE,
    keyOf: ({ key }) => key,
    newest: (waiting, added) => (added.version > waiting.version ? added : waiting),
  });

  return async (documents) => {
    const wanted = documents.map((document) => wantedOf(name, document));
    await Promise.all(wanted.filter(({ operations }) => operations > 0).map(batcher.add));
  };
}

function wantedOf(name: string, document: SearchDocument): Wanted {
  const { kind, id, version } = document;
  return { ...bulkLines(name, document), key: `${kind} ${id}`, version };
}

async function write(client: Client, documents: readonly Wanted[]): Promise<ItemOutcome[]> {
  // The client sends text unchanged; its types only allow lists of lines.
  const body = documents.map(({ text }) => text).join('') as unknown as Record<string, unknown>[];
  const answer = await client.bulk({ body, require_alias: true, filter_path: ANSWERED });
  const items = answer.body.items as unknown as BulkItem[];
  let next = 0;
  return documents.map(({ operations }) => {
    const results = items.slice(next, next + operations).map(({ index }) => index);
    next += operations;
    return outcomeOf(results, operations);
  });
}

const ANSWERED = ['items.*.status', 'items.*.error.type'];

interface BulkItem {
  readonly index: { readonly status: number; readonly error?: { readonly type: string } };
}

function outcomeOf(results: readonly BulkItem['index'][], operations: number): ItemOutcome {
  const failed = results.filter(({ status }) => status >= 300 && status !== 409);
  const hopeless = failed.find(({ status }) => status === 400);
  if (failed.length === 0 && results.length === operations) return 'taken';
  if (hopeless !== undefined) return { refused: refusal(hopeless.error?.type) };
  return { again: { name: failed[0]?.error?.type, statusCode: failed[0]?.status } };
}

function refusal(type = 'unknown'): FigtreeError {
  return new FigtreeError('INTERNAL', `OpenSearch rejects a document: ${type}`, { type });
}
