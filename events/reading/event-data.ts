import type * as z from 'zod';
import { utcInstant } from '../instant.ts';

/** A parser of an event's data, of any version. */
interface DataParser<Data> {
  readonly safeParse: (data: unknown) => z.ZodSafeParseResult<Data>;
}

/** Parses the data of an event; every entry point uses this. The schemas of all versions are frozen, so input that they
 *  refuse but a standard allows is rewritten before they see it, and values that no store keeps are rewritten after them:
 *
 *  - an instant that RFC 3339 allows but the schema does not (lower case, a leap second) becomes UTC with milliseconds;
 *  - a lone surrogate becomes U+FFFD, because UTF-8 cannot represent it. A text that was cut in the middle of a
 *    character is not worth losing, and so every store and every answer has the same text. */
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

/** The data with rewritten instants where the schema refused them. Undefined if none can be rewritten. */
function withPlainInstants(sent: unknown, issues: readonly Issue[]): unknown {
  let data = sent;
  for (const issue of issues) {
    if (issue.code === 'invalid_format' && issue.format === 'datetime') data = rewrittenAt(data, issue.path) ?? data;
  }
  return data === sent ? undefined : data;
}

function rewrittenAt(value: unknown, [name, ...path]: readonly PropertyKey[]): unknown {
  if (name === undefined) return typeof value === 'string' ? rewrittenInstant(value) : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const inner = rewrittenAt(Reflect.get(value, name), path);
  if (inner === undefined) return undefined;
  if (!Array.isArray(value)) return { ...value, [name]: inner };
  return value.map((element: unknown, index) => (index === name ? inner : element));
}

// The same text would be refused again, endlessly.
function rewrittenInstant(text: string): string | undefined {
  const instant = utcInstant(text);
  return instant === text ? undefined : instant;
}
