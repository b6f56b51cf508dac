import { Client } from '@opensearch-project/opensearch';
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws-v3';
import { FigtreeError } from '../../../../events/errors.ts';

export interface OpenSearchSettings {
  readonly endpoint: string;
  /** Set for domains (`es`) and serverless collections (`aoss`) of AWS; the SDK finds the credentials. */
  readonly signing?: { readonly region: string; readonly service: 'es' | 'aoss' };
  /** Timeout of a request. Default: 5,000. */
  readonly timeoutMs?: number;
}

/** Does not retry: callers know how often that is worthwhile. */
export function openOpenSearchClient({ endpoint, signing, timeoutMs = 5000 }: OpenSearchSettings): Client {
  const plain = { node: endpoint, maxRetries: 0, requestTimeout: timeoutMs };
  return new Client(signing === undefined ? plain : { ...plain, ...AwsSigv4Signer({ ...signing }) });
}

/** The message names the kind of failure, never stored content or the query. */
export function openSearchFailure(error: unknown): FigtreeError {
  const name = error instanceof Error ? error.name : 'Error';
  const status = statusOf(error);
  const kind = status === undefined ? name : `${name} ${status}`;
  return new FigtreeError('STORAGE_FAILED', `OpenSearch cannot be used: ${kind}`, { cause: kind });
}

/** Undefined if there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}
