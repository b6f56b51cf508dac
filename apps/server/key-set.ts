import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import { boundedText } from '../../adapters/http/bounded-text.ts';
import { credentialsOf, withoutCredentials } from '../../adapters/http/credentials.ts';
import { fetchFailureCode } from '../../adapters/http/fetch-failure.ts';
import { FigtreeError, isFigtreeError } from '../../events/errors.ts';
import type { Logger } from '../logger.ts';

const ANSWER_MS = 5000;
const PAUSE_MS = 5000;
// Dozens of keys take a few kilobytes.
const BYTES_MAX = 1024 * 1024;

export interface KeySetParts {
  readonly log?: Pick<Logger, 'warn'>;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

/** The public keys behind a URL. While the key server fails, it is asked once in `PAUSE_MS`, with one log line each
 *  time, and known keys stay in use. Rejects with KEY_SERVER_UNAVAILABLE if the key of a token may be one that cannot
 *  be fetched now, and with jose's own errors if the token is at fault. */
export function openKeySet(url: URL, { log, now = () => performance.now() }: KeySetParts = {}): JWTVerifyGetKey {
  const shown = url.origin + url.pathname;
  let known: string | undefined;
  let failing = false;
  let pausedUntil = -Infinity;

  function unavailable(): FigtreeError {
    return new FigtreeError('KEY_SERVER_UNAVAILABLE', `The keys of FIGTREE_JWKS_URL (${shown}) are unavailable`);
  }
  function fail(reason: string): void {
    if (now() < pausedUntil) return;
    pausedUntil = now() + PAUSE_MS;
    log?.warn({ url: shown, reason, pauseMs: PAUSE_MS }, 'keys of FIGTREE_JWKS_URL are unavailable');
  }
  const fetchKeys: FetchImplementation = async (address, options) => {
    if (now() >= pausedUntil) {
      const fetched = await fetchDocument(address, options).catch((error: unknown) => ({ fault: reasonOf(error) }));
      failing = 'fault' in fetched;
      if ('fault' in fetched) fail(fetched.fault);
      else known = fetched.document;
    }
    if (known === undefined) throw unavailable();
    return new Response(known);
  };
  const keys = createRemoteJWKSet(withoutCredentials(url), {
    timeoutDuration: ANSWER_MS,
    headers: credentialsOf(url),
    [customFetch]: fetchKeys,
  });

  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      // It may be a new key, which the server would list if it answered.
      if (error instanceof errors.JWKSNoMatchingKey && failing) throw unavailable();
      if (TOKEN_FAULTS.some((fault) => error instanceof fault)) throw error;
      // An invalid key, for instance. Failures to fetch were already logged.
      if (!isFigtreeError(error)) fail(reasonOf(error));
      throw unavailable();
    }
  };
}

// Errors that are the token's fault; all others are the key server's and must not be reported as an invalid token.
const TOKEN_FAULTS = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

/** A key set as the server sent it, or what is wrong with the response. */
type Fetched = { readonly document: string } | { readonly fault: string };

/** Rejects with the errors of fetch. */
async function fetchDocument(address: string, options: Parameters<FetchImplementation>[1]): Promise<Fetched> {
  const response = await fetch(address, options);
  if (response.status !== 200) return { fault: `it responded with ${response.status}` };
  const document = await boundedText(response, BYTES_MAX);
  if (document === undefined) return { fault: `its response exceeds ${BYTES_MAX} bytes` };
  try {
    createLocalJWKSet(JSON.parse(document) as JSONWebKeySet);
  } catch {
    return { fault: 'its response is not a JSON Web Key Set' };
  }
  return { document };
}

function reasonOf(error: unknown): string {
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  return isLate ? `it did not respond within ${ANSWER_MS} ms` : fetchFailureCode(error);
}
