import { createHash, randomUUID } from 'node:crypto';
import { headersOf } from '../../events/carriers/headers.ts';
import { currentCorrelation, currentHandling } from '../../events/correlation.ts';
import { defined } from '../../events/defined.ts';
import { FigtreeError } from '../../events/errors.ts';
import { startAttempts } from '../../resilience/retry.ts';
import { type Attempt, attempt, type HttpReply } from './attempt.ts';
import { credentialsOf, withoutCredentials } from './credentials.ts';

export interface HttpClientOptions {
  /** The consumer or feature that calls. It is part of the idempotency keys, so that two of them can call the same
   *  system for the same event. */
  readonly name: string;
  /** With credentials, if there are any: they are sent by the scheme Basic. */
  readonly url: URL;
  /** For a call with all its attempts. Default 5,000; the time of a handler limits it. */
  readonly deadlineMs?: number;
  /** For one attempt. Default 2,000. */
  readonly attemptMs?: number;
  /** The other system acts once on requests with the same `Idempotency-Key`: then any method may be repeated. By
   *  default, those that HTTP does not call idempotent are only repeated if they were surely not processed. */
  readonly honoursKeys?: boolean;
}

export interface HttpCall {
  /** Default POST. */
  readonly method?: string;
  /** Relative to the URL of the client. */
  readonly path?: string;
  /** Win over those that the client sets. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Tells the calls of one handler apart: each has its own idempotency key. */
  readonly step?: string;
}

/** Calls another system from a consumer. */
export interface HttpClient {
  /** Carries the correlation of the event that is being handled, and an `Idempotency-Key` that is the same whenever the
   *  event is handled again. Attempts are repeated with random pauses where that is safe. Rejects with CALL_FAILED if
   *  there is no response with a status of 200 to 299 in time; redirects are not followed. Rejects with CALL_MISUSED in
   *  a replay, for two different calls of one event with the same `step`, and for a path that leads to another host. */
  send(call: HttpCall): Promise<HttpReply>;
}

const DEADLINE_MS = 5000;
const ATTEMPT_MS = 2000;
const PAUSES = { firstMs: 100, maxMs: 1000 };
// RFC 9110, 9.2.2.
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'];

export function openHttpClient(options: HttpClientOptions): HttpClient {
  const { name, deadlineMs = DEADLINE_MS, attemptMs = ATTEMPT_MS, honoursKeys = false } = options;
  const url = withoutCredentials(options.url);
  const keys = idempotencyKeys(name);

  return {
    async send({ method = 'POST', path = '', headers = {}, json, step = '' }) {
      if (currentHandling()?.isReplay() === true) {
        throw new FigtreeError('CALL_MISUSED', `${name} calls another system in a replay: declare leavesSystem`);
      }
      const target = path === '' ? url : new URL(path, url);
      // Part of a path may come from an event.
      if (target.origin !== url.origin) throw new FigtreeError('CALL_MISUSED', `${name}: a path leads to another host`);
      const body = json === undefined ? undefined : JSON.stringify(json);
      const own = {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...credentialsOf(options.url),
        'idempotency-key': keys.keyOf(step, `${method} ${target.href} ${body ?? ''}`),
        ...lowerCased(headers),
      };
      const request = { method, headers: headersOf(currentCorrelation(), own), ...defined({ body }) };
      const isRepeatable = honoursKeys || IDEMPOTENT.includes(method);
      const attempts = startAttempts(PAUSES);
      const endsAt = performance.now() + deadlineMs;
      for (let count = 1; ; count += 1) {
        const outcome = await attempt(target, request, Math.min(attemptMs, endsAt - performance.now()));
        if ('reply' in outcome) return outcome.reply;
        const leftMs = endsAt - performance.now();
        const isSafe = isRepeatable ? outcome.mayPass : outcome.wasNotProcessed;
        // A pause that ends too late would only delay the failure.
        const pauseMsMin = outcome.retryAfterMs ?? 0;
        if (!isSafe || leftMs <= pauseMsMin + PAUSES.firstMs)
          throw failed(`${name}: ${method} ${target.host}`, outcome, count);
        await attempts.again({ pauseMsMin });
        if (performance.now() >= endsAt) throw failed(`${name}: ${method} ${target.host}`, outcome, count);
      }
    },
  };
}

function failed(what: string, { reason, cause }: Extract<Attempt, { reason: string }>, attempts: number): FigtreeError {
  const tried = attempts === 1 ? '' : ` (${attempts} attempts)`;
  return new FigtreeError('CALL_FAILED', `${what} ${reason}${tried}`, { attempts, cause });
}

/** The same key for the same step of the same event, however often it is handled. */
function idempotencyKeys(name: string) {
  // Calls made so far, while their event is being handled.
  const made = new WeakMap<object, Map<string, string>>();
  return {
    keyOf(step: string, call: string): string {
      const handling = currentHandling();
      if (handling?.event === undefined) return randomUUID();
      const calls = made.get(handling) ?? new Map<string, string>();
      made.set(handling, calls);
      const before = calls.get(step);
      if (before !== undefined && before !== call) {
        const message = `${name} makes two different calls for one event: give each a step of its own`;
        throw new FigtreeError('CALL_MISUSED', message);
      }
      calls.set(step, call);
      const { source, id } = handling.event;
      // A digest, because identifiers of events may be longer than keys may be, and hold any character.
      return createHash('sha256')
        .update(JSON.stringify([name, source, id, step]))
        .digest('hex')
        .slice(0, 32);
    },
  };
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
