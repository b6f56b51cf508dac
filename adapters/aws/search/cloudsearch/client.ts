import { CloudSearchDomainClient, type CloudSearchDomainClientConfig } from '@aws-sdk/client-cloudsearch-domain';
import { FigtreeError } from '../../../../events/errors.ts';

export interface CloudSearchSettings extends Omit<CloudSearchDomainClientConfig, 'endpoint' | 'maxAttempts'> {
  /** As returned by DescribeDomains. It is constant for the life of the domain, so it is a setting; calling that would
   *  be throttled. */
  readonly searchEndpoint: string;
  /** The endpoint for documents. */
  readonly documentEndpoint: string;
}

export interface CloudSearchDomain {
  readonly searches: CloudSearchDomainClient;
  /** Does not retry: batches are sent in turns. */
  readonly documents: CloudSearchDomainClient;
  close(): void;
}

// Less than half of a turn: see turns.ts.
const TIMEOUT_MS = 25_000;

export function openCloudSearchDomain({
  searchEndpoint,
  documentEndpoint,
  ...config
}: CloudSearchSettings): CloudSearchDomain {
  const waiting = { requestHandler: { requestTimeout: TIMEOUT_MS, throwOnRequestTimeout: true }, ...config };
  const searches = new CloudSearchDomainClient({ ...waiting, endpoint: searchEndpoint });
  const documents = new CloudSearchDomainClient({ ...waiting, endpoint: documentEndpoint, maxAttempts: 1 });
  postLongSearches(searches);
  return {
    searches,
    documents,
    close() {
      searches.destroy();
      documents.destroy();
    },
  };
}

// CloudSearch refuses a GET whose line is longer than 8,190 bytes, and accepts the same as a form. The SDK only uses
// GET.
const QUERY_BYTES_MAX = 7000;

interface Request {
  method: string;
  query: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

function postLongSearches(client: CloudSearchDomainClient): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as Request;
      const form = new URLSearchParams(request.query as Record<string, string>).toString();
      if (request.method === 'GET' && form.length > QUERY_BYTES_MAX) {
        request.method = 'POST';
        request.query = {};
        request.body = form;
        request.headers['content-type'] = 'application/x-www-form-urlencoded';
        request.headers['content-length'] = String(Buffer.byteLength(form));
      }
      return next(args);
    },
    // Before it is signed.
    { step: 'build', name: 'postLongSearches' },
  );
}

/** The message names the kind of failure, never stored content or the query. */
export function cloudSearchFailure(error: unknown): FigtreeError {
  const name = error instanceof Error ? error.name : 'Error';
  const status = httpStatusOf(error);
  const kind = status === undefined ? name : `${name} ${status}`;
  return new FigtreeError('STORAGE_FAILED', `CloudSearch cannot be used: ${kind}`, { cause: kind });
}

/** Undefined if there was no answer. */
export function httpStatusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
}
