import { formatBaggage, parseBaggage } from '../correlation.ts';

// What comes with a request about its own tracing is cleaned and never refused: a bad header must not cost an event.

/** As long as the id of an event may be: an event begins a flow under its own id, and it may be the cause of others. */
const ID_CHARACTERS_MAX = 1024;
const VALUE_CHARACTERS_MAX = 256;
const BAGGAGE_BYTES_MAX = 8192;

/** What the id of an event may hold is kept as it is, invisible marks and blanks around it included, because an id that was
 *  changed names another flow and a cause that does not exist. Left out is what no event may be called: control characters,
 *  halves of surrogate pairs, what is too long. Undefined if nothing is left. */
export function cleanId(text: string): string | undefined {
  const cleaned = text.slice(0, ID_CHARACTERS_MAX).replace(/[\p{Cc}\p{Cs}]/gu, '');
  return cleaned === '' ? undefined : cleaned;
}

// Baggage is only looked at, so what is not to be seen has no place in it, nor what no message may hold.
function cleanValue(text: string): string | undefined {
  const cleaned = text
    .slice(0, VALUE_CHARACTERS_MAX)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{NChar}]/gu, '')
    .trim();
  return cleaned === '' ? undefined : cleaned;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;

/** The text if it is valid by W3C Trace Context, level 1: no zero ids, no version ff, and only versions that are newer
 *  than 00 may say more. */
export function cleanTraceparent(text: string): string | undefined {
  const [, version, traceId, parentId, more] = TRACEPARENT.exec(text.trim()) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId ?? '') || /^0+$/.test(parentId ?? '')) return undefined;
  // A newer version's additions mean nothing to this one; what is passed on is what the standard promises to keep.
  return text.trim().slice(0, 55);
}

export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;

/** W3C Baggage text of those entries that can be written as such, within 8,192 bytes; the first ones win. */
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
