import { type Correlation, formatBaggage, parseBaggage } from '../correlation.ts';
import { asciiText, textOfAscii } from './ascii-text.ts';
import { correlationOfFlat, type FlatCorrelation, flatOf } from './flat-correlation.ts';

// HTTP: one header per name. Node and most proxies refuse more than 16 KB of headers, and a caller adds its own.
const BYTES_MAX = 13 * 1024;
const NAMED_BYTES_MAX = 2048;
// Between a name and its value, and after it.
const AROUND_BYTES = 4;

/** Returns the headers of a request made within a correlation. Headers set by the caller win, in any case. If not
 *  everything fits, the flow's id comes first, then the trace, the cause, and as much baggage as fits; an id is omitted
 *  rather than cut, because a part of it is the id of something else. */
export function headersOf(
  correlation: Correlation,
  own: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const taken = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const headers: [string, string][] = [];
  let bytes = 0;
  let namedBytes = 0;
  const size = (name: string, text: string) => name.length + text.length + AROUND_BYTES;
  for (const [name, text] of flatOf(correlation).toSorted(byImportance)) {
    const named = !ALWAYS.includes(name);
    const value = name === 'baggage' ? baggageWithin(text, BYTES_MAX - bytes - size(name, '')) : asciiText(text);
    // An entry that cannot be written as it is stays in `baggage`, percent-encoded.
    if (taken.has(name) || value === undefined || (named && value !== text)) continue;
    if (bytes + size(name, value) > BYTES_MAX) continue;
    if (named && (namedBytes += size(name, value)) > NAMED_BYTES_MAX) break;
    bytes += size(name, value);
    headers.push([name, value]);
  }
  return { ...Object.fromEntries(headers), ...own };
}

const ALWAYS = ['x-correlation-id', 'traceparent', 'x-correlation-causation-id', 'baggage'];

function byImportance([a]: readonly [string, string], [b]: readonly [string, string]): number {
  const place = (name: string) => (ALWAYS.includes(name) ? ALWAYS.indexOf(name) : ALWAYS.length);
  return place(a) - place(b);
}

function baggageWithin(baggage: string, bytesMax: number): string | undefined {
  if (baggage.length <= bytesMax) return asciiText(baggage);
  const kept: Record<string, string> = Object.create(null);
  let bytes = 0;
  for (const [name, value] of Object.entries(parseBaggage(baggage))) {
    const member = formatBaggage({ [name]: value }) ?? '';
    if (bytes + member.length + 1 > bytesMax) continue;
    bytes += member.length + 1;
    kept[name] = value;
  }
  return formatBaggage(kept);
}

/** The correlation of a request. */
export function correlationOfHeaders(headers: FlatCorrelation): Correlation {
  return correlationOfFlat(Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, decoded(value)])));
}

function decoded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decoded);
  // RFC 9110, 5.5: surrounding whitespace is not part of a value.
  return typeof value === 'string' ? textOfAscii(value.replace(/^[ \t]+|[ \t]+$/g, '')) : value;
}
