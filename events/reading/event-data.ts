import type * as z from 'zod';
import { utcInstant } from '../instant.ts';

/** A parser of some event's data, of whichever version. */
interface DataParser<Data> {
  readonly safeParse: (data: unknown) => z.ZodSafeParseResult<Data>;
}

/** What was sent as an event's data, parsed; every way in reads data by this. The schemas of all versions are frozen, so what
 *  they would refuse and a standard allows is rewritten before they see it, and what no store keeps is rewritten behind them:
 *
 *  - an instant that RFC 3339 allows and the schema does not (small letters, a leap second) becomes UTC with milliseconds;
 *  - half a surrogate pair becomes U+FFFD, as UTF-8 has no other way to write it. A text that somebody cut in the middle of
 *    a character is not worth losing, and so every store and every answer has the same text. */
export function parseEventData<Data>(parser: DataParser<Data>, sent: unknown): z.ZodSafeParseResult<Data> {
  const parsed = parser.safeParse(sent);
  if (parsed.success) return isWellFormed(parsed.data) ? parsed : { ...parsed, data: wellFormed(parsed.data) };
  const rewritten = withPlainInstants(sent, parsed.error.issues);
  return rewritten === undefined ? parsed : parseEventData(parser, rewritten);
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isWellFormed);
  for (const name in value) {
    if (!name.isWellFormed() || !isWellFormed((value as Record<string, unknown>)[name])) return false;
  }
  return true;
}

function wellFormed<Value>(value: Value): Value;
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element: unknown) => wellFormed(element));
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name.toWellFormed(), wellFormed(field)]));
}

type Issue = NonNullable<z.ZodSafeParseResult<unknown>['error']>['issues'][number];

/** The data with other words for those instants that the schema refused. Undefined if none of them can be helped. */
function withPlainInstants(sent: unknown, issues: readonly Issue[]): unknown {
  let data = sent;
  for (const issue of issues) {
    if (issue.code === 'invalid_format' && issue.format === 'datetime') data = rewrittenAt(data, issue.path) ?? data;
  }
  return data === sent ? undefined : data;
}

function rewrittenAt(value: unknown, [name, ...path]: readonly PropertyKey[]): unknown {
  if (name === undefined) return typeof value === 'string' ? otherWords(value) : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const inner = rewrittenAt(Reflect.get(value, name), path);
  if (inner === undefined) return undefined;
  if (!Array.isArray(value)) return { ...value, [name]: inner };
  return value.map((element: unknown, index) => (index === name ? inner : element));
}

// The same words would be refused again, without end.
function otherWords(text: string): string | undefined {
  const instant = utcInstant(text);
  return instant === text ? undefined : instant;
}
