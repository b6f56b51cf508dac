import { formatBaggage, parseBaggage } from '../correlation.ts';

// A request's tracing data is cleaned and never refused: a bad header must not cost an event.

/** The maximum length of an event's id, because an event begins a flow under its own id and may cause others. */
const ID_CHARACTERS_MAX = 1024;
const VALUE_CHARACTERS_MAX = 256;
const BAGGAGE_BYTES_MAX = 8192;

/** Everything an event id may contain is kept, including surrounding spaces and invisible characters, because a changed
 *  id names another flow or a cause that does not exist. Removed is what an event id must not contain: control
 *  characters, lone surrogates, excess length. Undefined if nothing is left. */
export function cleanId(text: string): string | undefined {
  const cleaned = text.slice(0, ID_CHARACTERS_MAX).replace(/[\p{Cc}\p{Cs}]/gu, '');
  return cleaned === '' ? undefined : cleaned;
}

// Baggage is only displayed, so it must contain nothing invisible, nor anything that a message cannot carry.
function cleanValue(text: string): string | undefined {
  const cleaned = text
    .slice(0, VALUE_CHARACTERS_MAX)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{NChar}]/gu, '')
    .trim();
  return cleaned === '' ? undefined : cleaned;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;

/** Returns the text if it is valid by W3C Trace Context, level 1: no zero ids, no version ff, and only versions newer
 *  than 00 may have more fields. */
export function cleanTraceparent(text: string): string | undefined {
  const [, version, traceId, parentId, more] = TRACEPARENT.exec(text.trim()) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId ?? '') || /^0+$/.test(parentId ?? '')) return undefined;
  // Additions of a newer version are unknown here; only the fields that the standard guarantees are passed on.
  return text.trim().slice(0, 55);
}

export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;

/** W3C Baggage text of the entries that can be written as such, within 8,192 bytes; the first ones win. */
export function cleanBaggage(entries: Iterable<readonly [string, string]>): string | undefined {
  const kept: Record<string, string> = Object.create(null);
  let bytes = 0;
  for (const [name, value] of entries) {
    const cleaned = cleanValue(value);
    if (!NAME.test(name) || cleaned === undefined || name in kept) continue;
    const member = formatBaggage({ [name]: cleaned }) ?? '';
    if (bytes + member.length + 1 > BAGGAGE_BYTES_MAX) continue;
    bytes += member.length + 1;
    kept[name] = cleaned;
  }
  return formatBaggage(kept);
}

export function baggageEntries(baggage: string | undefined): [string, string][] {
  return Object.entries(parseBaggage(baggage?.slice(0, 2 * BAGGAGE_BYTES_MAX)));
}
