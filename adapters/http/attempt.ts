import { defined } from '../../events/defined.ts';
import { boundedText } from './bounded-text.ts';
import { fetchFailureCode } from './fetch-failure.ts';
import { retryAfterMs } from './retry-after.ts';

export interface HttpReply {
  readonly status: number;
  readonly headers: Headers;
  /** At most 1 MiB. */
  readonly text: string;
}

interface FailedAttempt {
  /** Without personal data: in terms of the connection or the status. */
  readonly reason: string;
  /** Whether another attempt may have another result. */
  readonly mayPass: boolean;
  /** Whether the other system surely did nothing. */
  readonly wasNotProcessed: boolean;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export type Attempt = { readonly reply: HttpReply } | FailedAttempt;

export interface AttemptRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const REPLY_BYTES_MAX = 1024 * 1024;
// Refused before anything was done: too many requests, unavailable; too early (RFC 8470).
const NOT_PROCESSED = [425, 429, 503];
// 409: a request with this key is being processed (draft-ietf-httpapi-idempotency-key-header, 2.7).
const MAY_PASS = [408, 409, 500, 502, 504, ...NOT_PROCESSED];
// The connection was never made.
const UNCONNECTED = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

/** One request and its whole response, within a number of milliseconds. Never rejects. */
export async function attempt(url: URL, request: AttemptRequest, timeoutMs: number): Promise<Attempt> {
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
  try {
    const response = await fetch(url, { ...request, redirect: 'manual', signal });
    const text = await boundedText(response, REPLY_BYTES_MAX);
    const { status, headers } = response;
    if (text === undefined) return final(`answered ${status} with more than ${REPLY_BYTES_MAX} bytes`);
    if (response.ok) return { reply: { status, headers, text } };
    const pauseMs = retryAfterMs(headers.get('retry-after'), Date.now());
    return {
      reason: `answered ${status}`,
      mayPass: MAY_PASS.includes(status),
      wasNotProcessed: NOT_PROCESSED.includes(status),
      ...defined({ retryAfterMs: pauseMs }),
    };
  } catch (cause) {
    if (signal.aborted) {
      return { reason: 'did not answer in time', mayPass: true, wasNotProcessed: false, cause };
    }
    const code = fetchFailureCode(cause);
    return { reason: `failed: ${code}`, mayPass: true, wasNotProcessed: UNCONNECTED.includes(code), cause };
  }
}

function final(reason: string): FailedAttempt {
  return { reason, mayPass: false, wasNotProcessed: false };
}
