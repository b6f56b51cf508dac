import { boundedText } from '../../adapters/http/bounded-text.ts';
import { retryAfterMs } from '../../adapters/http/retry-after.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { NoAnswer, TheirAnswer } from '../../replay/parity.ts';
import { valuesIn } from '../../producers/item-limits.ts';
import { startAttempts } from '../../resilience/retry.ts';
import type { ParityRules } from './rules.ts';

export interface LegacyApiOptions {
  /** URL with {key} in place of the key. */
  readonly template: string;
  readonly parity: Pick<ParityRules, 'answerOf' | 'answersUnknown'>;
  /** Value of the header `authorization`. Sent only to the host of the template. */
  readonly authorization?: string;
  /** Pages are followed until this number of items is reached. */
  readonly itemsMax: number;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly firstPauseMs?: number;
}

export type AskLegacy = (key: string) => Promise<TheirAnswer | NoAnswer>;

const RETRY = { attemptsMax: 4, factor: 4, jitter: 'quarter' } as const;
/** A longer `retry-after` counts as a failure, because a shorter pause would retry too early. */
const RETRY_AFTER_MS_MAX = 60_000;
const REDIRECTS_MAX = 3;
const BODY_BYTES_MAX = 8 * 1024 * 1024;
// A list of 300,000 ids in objects still fits. Parsing many more, even empty ones, could exhaust the memory.
const VALUES_MAX = 1_000_000;

/** Returns the function that asks the other system for one key. It resolves failures to an answer with an error. An invalid
 *  template throws REQUEST_INVALID at once. */
export function legacyApi(options: LegacyApiOptions): AskLegacy {
  const { template, parity, itemsMax } = options;
  requireTemplate(template);
  const asked = new URL(template).pathname.split('/').toReversed();
  const get = getter(options);

  async function askAll(key: string): Promise<TheirAnswer | NoAnswer> {
    const url = urlOfKey(template, key);
    const first = await get(url);
    if (first === undefined) return unknownKey(parity, key);
    const items = itemsOf(first) && (await allItems(first, { url, get, itemsMax }));
    return parity.answerOf(items === undefined ? first : { ...(first as object), items }, { key, asked });
  }

  return async (key) => {
    try {
      return await askAll(key);
    } catch (error) {
      options.signal?.throwIfAborted();
      return { key, error: error instanceof Error ? error.message : String(error) };
    }
  };
}

export function requireTemplate(template: string): void {
  const url = URL.parse(template);
  const refused = (reason: string) => new FigtreeError('REQUEST_INVALID', `--against ${reason}`);
  if (url === null || !/^https?:$/.test(url.protocol)) throw refused('must be a file, or an http or https URL');
  if (url.username !== '' || url.password !== '') {
    throw refused('contains a password, which others can read: set FIGTREE_PARITY_AUTHORIZATION instead');
  }
  if (!template.includes('{key}')) throw refused('must contain {key} in place of the key');
  const [some, other] = ['a', 'b'].map((key) => new URL(template.replaceAll('{key}', key)));
  if (some?.origin !== other?.origin) throw refused('must name a fixed host, because it is sent the token');
  if (some?.pathname === other?.pathname && some?.search === other?.search) {
    throw refused('must contain {key} in its path or its query');
  }
}

// WHATWG URL resolves the path segments "." and "..", also when written as %2e. No encoding keeps such a key in the path, so the
// token would be sent to another resource.
function urlOfKey(template: string, key: string): URL {
  const url = new URL(template.replaceAll('{key}', encodeURIComponent(key)));
  const plain = new URL(template.replaceAll('{key}', PLAIN_KEY)).pathname;
  if (url.pathname !== plain.replaceAll(PLAIN_KEY, encodeURIComponent(key))) {
    throw new Error('the key cannot be part of a path');
  }
  return url;
}

// Occurs in no real path.
const PLAIN_KEY = 'key-7d1f0c5e94b2';

const PAGES_MAX = 2000;
const PAGES_WITHOUT_NEWS_MAX = 10;
const CURSOR_CHARACTERS_MAX = 4096;

interface Paging {
  readonly url: URL;
  readonly get: (url: URL) => Promise<unknown>;
  readonly itemsMax: number;
}

/** Reads all items of a list, page by page. An API without support for `cursor` returns the same page again and again, and one
 *  that counts pages may never end. Both are errors, because a partial list must not be compared as if it were complete. */
async function allItems(first: unknown, { url, get, itemsMax }: Paging): Promise<unknown[]> {
  const items: unknown[] = [];
  const met = new Set<string>();
  const cursors = new Set<string>();
  let withoutNews = 0;
  let page = first;
  for (let pages = 1; ; pages += 1) {
    const more = itemsOf(page);
    if (more === undefined) throw new Error('a page of its list is missing');
    const metBefore = met.size;
    for (const item of more) {
      items.push(item);
      met.add(nameOf(item));
    }
    withoutNews = met.size > metBefore ? 0 : withoutNews + 1;
    const next = nextOf(page);
    if (next === undefined || items.length >= itemsMax) return items;
    if (cursors.has(next)) throw new Error('its list returns to an earlier page: does it support "cursor"?');
    if (withoutNews >= PAGES_WITHOUT_NEWS_MAX) throw new Error(`${withoutNews} pages of its list contain nothing new`);
    if (pages === PAGES_MAX) throw new Error(`its list has more than ${PAGES_MAX} pages`);
    cursors.add(next);
    url.searchParams.set('cursor', next);
    page = await get(url);
  }
}

function nameOf(item: unknown): string {
  if (typeof item !== 'object' || item === null) return String(item);
  const { yublId, userId } = item as { readonly yublId?: unknown; readonly userId?: unknown };
  return JSON.stringify(yublId ?? userId ?? item);
}

function nextOf(document: unknown): string | undefined {
  const next: unknown = (document as { readonly next?: unknown }).next;
  if (next === undefined || next === null || next === '' || next === false) return undefined;
  const cursor = typeof next === 'number' ? String(next) : next;
  if (typeof cursor === 'string' && cursor.length <= CURSOR_CHARACTERS_MAX) return cursor;
  throw new Error('"next" of its list is not a cursor');
}

// A search always has an answer; a user may be unknown.
function unknownKey({ answersUnknown }: LegacyApiOptions['parity'], key: string): TheirAnswer | NoAnswer {
  return answersUnknown ? { key, unknown: true, lists: {}, values: {} } : { key, error: 'it responds with 404' };
}

function itemsOf(document: unknown): unknown[] | undefined {
  if (typeof document !== 'object' || document === null || !('items' in document)) return undefined;
  return Array.isArray(document.items) ? [...(document.items as unknown[])] : undefined;
}

/** Returns the function that reads a JSON document, or undefined for a 404. Temporary failures (429, 5xx, timeout) are retried
 *  with growing pauses. */
function getter({ authorization, signal, timeoutMs = 10_000, firstPauseMs = 200 }: LegacyApiOptions) {
  return async (url: URL): Promise<unknown> => {
    const attempts = startAttempts({ ...RETRY, firstMs: firstPauseMs }, signal);
    for (;;) {
      const outcome = await attemptGet(url, { authorization, signal, timeoutMs }).catch((error: unknown) => {
        signal?.throwIfAborted();
        return { again: true, problem: problemOf(error), afterMs: 0 } as const;
      });
      if (!('problem' in outcome)) return outcome.document;
      const isOver = !outcome.again || !(await attempts.again({ pauseMsMin: outcome.afterMs }));
      if (isOver) throw new Error(outcome.problem);
    }
  };
}

interface Request {
  readonly authorization: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

type Outcome =
  | { readonly document: unknown }
  | { readonly problem: string; readonly again: boolean; readonly afterMs: number };

async function attemptGet(asked: URL, { authorization, signal, timeoutMs }: Request): Promise<Outcome> {
  const limit = AbortSignal.timeout(timeoutMs);
  const ended = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  let url = asked;
  for (let redirects = 0; ; redirects += 1) {
    const headers = new Headers({ accept: 'application/json' });
    // The token is not sent to another origin after a redirect.
    if (authorization !== undefined && url.origin === asked.origin) headers.set('authorization', authorization);
    const response = await fetch(url, { headers, redirect: 'manual', signal: ended });
    const { status } = response;
    if (status === 200) return documentOf(await boundedText(response, BODY_BYTES_MAX));
    await response.body?.cancel();
    if (status === 404) return { document: undefined };
    const location = response.headers.get('location');
    if (status < 300 || status >= 400 || location === null) {
      return refusal(response);
    }
    if (redirects === REDIRECTS_MAX) {
      return { problem: `more than ${REDIRECTS_MAX} redirects`, again: false, afterMs: 0 };
    }
    url = new URL(location, url);
  }
}

function refusal({ status, headers }: Response): Outcome {
  const again = status === 429 || status >= 500;
  const afterMs = (again ? retryAfterMs(headers.get('retry-after'), Date.now()) : undefined) ?? 0;
  if (afterMs <= RETRY_AFTER_MS_MAX) return { problem: `it responds with ${status}`, again, afterMs };
  const seconds = Math.ceil(afterMs / 1000);
  return { problem: `it responds with ${status} and asks to wait ${seconds} s`, again: false, afterMs };
}

function documentOf(body: string | undefined): Outcome {
  if (body === undefined) return { problem: `more than ${BODY_BYTES_MAX} bytes`, again: false, afterMs: 0 };
  if (valuesIn(Buffer.from(body)) > VALUES_MAX) {
    return { problem: `more than ${VALUES_MAX} values`, again: false, afterMs: 0 };
  }
  try {
    return { document: JSON.parse(body) };
  } catch {
    return { problem: 'its response is not JSON', again: false, afterMs: 0 };
  }
}

function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no response in time';
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
