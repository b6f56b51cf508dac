import { type CloudSearchDomainClient, UploadDocumentsCommand } from '@aws-sdk/client-cloudsearch-domain';
import type { Backoff } from '../../../../resilience/backoff.ts';
import { batchesOf } from '../../../../resilience/batches.ts';
import { startAttempts } from '../../../../resilience/retry.ts';
import { keyText } from '../../dynamo/item.ts';
import { httpStatusOf } from './client.ts';
import { cloudSearchOperations } from './documents.ts';
import { type DirtyName, documentOf } from './queue.ts';
import { readUserItem, readYublItem } from '../search-documents.ts';
import type { DynamoTable } from '../../dynamo/dynamo-table.ts';

/** Documents in their current state in the table, each once. */
export interface Batch {
  readonly names: readonly DirtyName[];
  readonly operations: number;
  readonly text: string;
}

/** CloudSearch takes 5 MB. */
const BATCH_BYTES_MAX = 5_000_000;
const READ_AT_ONCE = 400;

/** As many of the named documents as fit, from the first. */
export async function fillBatch(table: DynamoTable, names: readonly DirtyName[], documentsMax: number): Promise<Batch> {
  const wanted = [...new Set(names)].slice(0, documentsMax);
  const operations: string[] = [];
  let [taken, bytes] = [0, 2];
  for (const names of batchesOf(wanted, { countMax: READ_AT_ONCE })) {
    const some = names.map(documentOf);
    const items = await table.getAll(some.map(({ key }) => key));
    for (const { kind, id, key } of some) {
      const item = items.get(keyText(key));
      const document = item && (kind === 'user' ? readUserItem(id, item) : readYublItem(id, item));
      const made = document === undefined ? [] : cloudSearchOperations(document);
      bytes += made.reduce((sum, operation) => sum + Buffer.byteLength(operation) + 1, 0);
      if (bytes > BATCH_BYTES_MAX) return batchOf(wanted.slice(0, taken), operations);
      operations.push(...made);
      taken += 1;
    }
  }
  return batchOf(wanted, operations);
}

function batchOf(names: readonly DirtyName[], operations: readonly string[]): Batch {
  return { names, operations: operations.length, text: `[${operations.join(',')}]` };
}

export type Sent =
  | { readonly result: 'taken'; readonly warnings: number }
  /** Because of its content: nothing of it was taken. */
  | { readonly result: 'refused' }
  /** `unsure`: it may have been taken, or still be taken. */
  | { readonly result: 'failed'; readonly unsure: boolean; readonly error: unknown };

interface SendOptions {
  readonly pauses: Backoff;
  /** Whether there is time for another attempt. */
  readonly mayRetry: () => boolean;
}

const ATTEMPTS_MAX = 4;

/** Retries throttling and temporary failures: a batch that is taken twice has the same effect. */
export async function sendBatch(client: CloudSearchDomainClient, batch: Batch, options: SendOptions): Promise<Sent> {
  const documents = Buffer.from(batch.text);
  const attempts = startAttempts({ ...options.pauses, attemptsMax: ATTEMPTS_MAX });
  let unsure = false;
  for (;;) {
    try {
      const answer = await client.send(new UploadDocumentsCommand({ documents, contentType: 'application/json' }));
      const { adds = 0, deletes = 0, warnings = [] } = answer;
      if (adds + deletes === batch.operations) return { result: 'taken', warnings: warnings.length };
      return { result: 'failed', unsure: true, error: new Error('it did not accept all of a batch') };
    } catch (error) {
      const status = httpStatusOf(error);
      if (status === 400 || status === 413) return { result: 'refused' };
      const passes = status === undefined || status === 429 || status >= 500;
      unsure ||= passes && status !== 429 && status !== 507;
      const isOver = !passes || !options.mayRetry() || !(await attempts.again());
      if (isOver) return { result: 'failed', unsure, error };
    }
  }
}
