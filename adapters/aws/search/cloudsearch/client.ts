import { CloudSearchDomainClient, type CloudSearchDomainClientConfig } from '@aws-sdk/client-cloudsearch-domain';
import { FigtreeError } from '../../../../events/errors.ts';

export interface CloudSearchSettings extends Omit<CloudSearchDomainClientConfig, 'endpoint' | 'maxAttempts'> {
  /** As DescribeDomains gives it. It stays for the life of the domain, so it is a setting; to ask for it would be throttled. */
  readonly searchEndpoint: string;
  /** Where documents go. */
  readonly documentEndpoint: string;
}

export interface CloudSearchDomain {
  readonly searches: CloudSearchDomainClient;
  /** Tries nothing again by itself: a batch takes its turn. */
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

// CloudSearch refuses a GET whose line is longer than 8,190 bytes, and takes the same as a form. The SDK knows GET alone.
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

/** The words name the kind of failure, never what was stored or looked for. */
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
