import type { Client } from '@opensearch-project/opensearch';
import { FigtreeError } from '../../../../events/errors.ts';
import { pauseAfter } from '../../pauses.ts';
import { type BulkLines, bulkLines } from './bulk.ts';
import { openSearchFailure, statusOf } from './client.ts';
import type { SearchDocument, TellEngine } from '../search-documents.ts';

export interface UploaderOptions {
  /** Of one `_bulk` request. Default: 5,000,000; more than 15,000,000 makes OpenSearch slower, not faster. */
  readonly bytesMax?: number;
  readonly pauses?: { readonly firstMs: number; readonly maxMs: number };
}

const REQUESTS_AT_ONCE = 2;
const TRIES_MAX = 8;
// It has to say that it is OpenSearch before whoever handles an event takes the silence for the event's fault.
const PATIENCE_MS = 10_000;
const PAUSES = { firstMs: 100, maxMs: 5000 };

interface Wanted extends BulkLines {
  readonly version: number;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Writes documents with `_bulk`, those together that are asked for at the same time. What OpenSearch has newer already counts as
 *  written. Rejects with STORAGE_FAILED (retryable), and with INTERNAL for a document that OpenSearch can never take. */
export function openOpenSearchUploader(client: Client, name: string, options: UploaderOptions = {}): TellEngine {
  const { bytesMax = 5_000_000, pauses = PAUSES } = options;
  // By document, the newest version of each.
  const waiting = new Map<string, Wanted>();
  let running = 0;
  let begun = false;

  function want(document: SearchDocument): Promise<void> {
    const lines = bulkLines(name, document);
    if (lines.operations === 0) return Promise.resolve();
    const key = `${document.kind} ${document.id}`;
    const known = waiting.get(key);
    if (known !== undefined) {
      if (document.version > known.version) waiting.set(key, { ...known, ...lines, version: document.version });
      return known.done;
    }
    const { promise: done, resolve, reject } = Promise.withResolvers<void>();
    waiting.set(key, { ...lines, version: document.version, done, resolve, reject });
    if (!begun) {
      begun = true;
      // Not earlier: whoever writes in this turn has not asked for everything yet.
      setImmediate(begin);
    }
    return done;
  }

  function begin(): void {
    begun = false;
    while (running < REQUESTS_AT_ONCE && waiting.size > 0) {
      running += 1;
      void writeAll(client, takeSome(), pauses).finally(() => {
        running -= 1;
        begin();
      });
    }
  }

  function takeSome(): Wanted[] {
    const some: Wanted[] = [];
    let bytes = 0;
    for (const [key, wanted] of waiting) {
      bytes += Buffer.byteLength(wanted.text);
      if (some.length > 0 && bytes > bytesMax) break;
      some.push(wanted);
      waiting.delete(key);
    }
    return some;
  }

  return async (documents) => {
    await Promise.all(documents.map(want));
  };
}

/** Settles every one of them. */
async function writeAll(client: Client, all: Wanted[], pauses: typeof PAUSES): Promise<void> {
  const startedMs = performance.now();
  let left = all;
  for (let failures = 1; left.length > 0; failures += 1) {
    const { refused, again, error } = await writeOnce(client, left);
    if (refused === 'too-large') {
      const middle = Math.ceil(left.length / 2);
      await Promise.all([left.slice(0, middle), left.slice(middle)].map((half) => writeAll(client, half, pauses)));
      return;
    }
    if (again.length > 0 && (isEnough(failures, startedMs) || refused === 'all')) {
      const failure = openSearchFailure(error);
      for (const { reject } of again) reject(failure);
      return;
    }
    left = again;
    if (left.length > 0) await pauseAfter(failures, pauses);
  }
}

function isEnough(failures: number, startedMs: number): boolean {
  return failures >= TRIES_MAX || performance.now() - startedMs > PATIENCE_MS;
}

interface Outcome {
  /** Those that are not settled. */
  readonly again: Wanted[];
  /** Why. */
  readonly error?: unknown;
  /** The request as a whole, for a reason that stays. */
  readonly refused?: 'all' | 'too-large';
}

async function writeOnce(client: Client, documents: Wanted[]): Promise<Outcome> {
  try {
    // The client sends text as it is; its types only know lists of lines.
    const body = documents.map(({ text }) => text).join('') as unknown as Record<string, unknown>[];
    const answer = await client.bulk({ body, require_alias: true, filter_path: ANSWERED });
    return settle(documents, answer.body.items as unknown as BulkItem[]);
  } catch (error) {
    const status = statusOf(error);
    if (status === 413 && documents.length > 1) return { again: documents, error, refused: 'too-large' };
    const passes = status === undefined || status === 429 || status >= 500;
    return { again: documents, error, ...(!passes && { refused: 'all' }) };
  }
}

const ANSWERED = ['items.*.status', 'items.*.error.type'];

interface BulkItem {
  readonly index: { readonly status: number; readonly error?: { readonly type: string } };
}

function settle(documents: readonly Wanted[], items: readonly BulkItem[]): Outcome {
  const again: Wanted[] = [];
  let error: unknown;
  let next = 0;
  for (const document of documents) {
    const results = items.slice(next, next + document.operations).map(({ index }) => index);
    next += document.operations;
    const failed = results.filter(({ status }) => status >= 300 && status !== 409);
    const hopeless = failed.find(({ status }) => status === 400);
    if (failed.length === 0 && results.length === document.operations) document.resolve();
    else if (hopeless !== undefined) document.reject(refusal(hopeless.error?.type));
    else {
      again.push(document);
      error = { name: failed[0]?.error?.type, statusCode: failed[0]?.status };
    }
  }
  return { again, error };
}

function refusal(type = 'unknown'): FigtreeError {
  return new FigtreeError('INTERNAL', `OpenSearch rejects a document: ${type}`, { type });
}
