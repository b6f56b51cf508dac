import type { Correlation } from '../correlation.ts';
import { correlationOfFlat, type FlatCorrelation, flatOf } from './flat-correlation.ts';

// HTTP: a header for each name. Node and most proxies refuse more than 16 KB of headers, and baggage alone may have 8.
const NAMED_BYTES_MAX = 2048;

/** The headers of a request that is made within a correlation. Those that the caller sets himself win, in any case. */
export function headersOf(
  correlation: Correlation,
  own: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const taken = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const headers: [string, string][] = [];
  let bytes = 0;
  for (const [name, text] of flatOf(correlation)) {
    const named = !ALWAYS.has(name);
    // An entry that cannot be written as it is stands in `baggage`, percent-encoded.
    if (taken.has(name) || (named && !isPlain(text))) continue;
    if (named && (bytes += name.length + text.length) > NAMED_BYTES_MAX) break;
    headers.push([name, isPlain(text) ? text : encoded(text)]);
  }
  return { ...Object.fromEntries(headers), ...own };
}

const ALWAYS = new Set(['x-correlation-id', 'x-correlation-causation-id', 'traceparent', 'baggage']);

/** What a request carries. */
export function correlationOfHeaders(headers: FlatCorrelation): Correlation {
  return correlationOfFlat(Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, decoded(value)])));
}

// Other letters than these are no header, so an id of them is written as RFC 8187 says.
const ENCODED = "UTF-8''";

function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text) && !text.startsWith(ENCODED);
}

function encoded(text: string): string {
  return ENCODED + encodeURIComponent(text.toWellFormed());
}

function decoded(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith(ENCODED)) return value;
  try {
    return decodeURIComponent(value.slice(ENCODED.length));
  } catch {
    return value;
  }
}
