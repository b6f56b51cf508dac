import { hash } from 'node:crypto';
import { textsWithin } from '../events/reading/spellings.ts';
import { namedIn } from './named-ids.ts';
import { jsonTextOf } from '../events/reading/json-text.ts';
import type { IncomingItem } from './incoming-item.ts';

/** Returns the items of a request's body: a JSON array, one JSON object, or NDJSON. The body itself decides, not the
 *  content type, which many clients leave at a default. An unparsable array is one item, because its elements cannot be
 *  told apart; NDJSON is judged line by line. */
export function bodyItems(body: string): IncomingItem[] {
  // Byte order marks count as whitespace.
  const text = body.trim();
  if (text === '') return [];
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length > 1 && isNdjson(lines, text)) return lines.map((line) => ({ text: line }));
  const whole = parse(text);
  if (Array.isArray(whole)) return whole.map(elementItem);
  return [whole === undefined ? { text } : { text, value: whole }];
}

// An array's element has no text of its own. Few are refused, so few are serialized again.
export function elementItem(value: unknown): IncomingItem {
  let written: ReturnType<typeof jsonTextOf> | undefined;
  const write = () => (written ??= jsonTextOf(value));
  return {
    value,
    get text() {
      return write().text;
    },
    get fingerprint() {
      const { text, whole } = write();
      return whole ? undefined : hash('sha256', text);
    },
    get named() {
      return write().whole ? undefined : namedIn(textsWithin(value));
    },
  };
}

/** Bytes that are not UTF-8 have become U+FFFD. Accepting such an item would store another text than was sent. */
export function refuseUnreadable(item: IncomingItem, fingerprint: string): IncomingItem {
  const { text, named } = item;
  if (!text.includes('\ufffd')) return item;
  return { text, fingerprint, named, problem: { code: 'NOT_JSON', message: 'The text is not valid UTF-8' } };
}

// The first line of a document that spans several lines is never complete JSON. If the first line of NDJSON is broken,
// another line is an object by itself; a line inside a document may be one too, but that parses as a whole.
function isNdjson(lines: readonly string[], text: string): boolean {
  const [first = ''] = lines;
  if (parse(first) !== undefined) return true;
  if (first.startsWith('[')) return false;
  return lines.some((line) => isObjectLine(line)) && parse(text) === undefined;
}

function isObjectLine(line: string): boolean {
  return line.startsWith('{') && line.endsWith('}') && parse(line) !== undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
