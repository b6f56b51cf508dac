import type * as z from 'zod';

// zod types that no JSON Schema expresses.

/** Those whose values JSON cannot represent either. The registry cannot prove that one of them is read back, even
 *  unchanged. */
const NOT_JSON: ReadonlySet<string> = new Set(
  `set map date bigint undefined void symbol nan file function promise`.split(' '),
);
const CODE: ReadonlySet<string> = new Set(['transform', 'custom', 'success']);

export function isNotJson(what: string): boolean {
  return NOT_JSON.has(what);
}

/** zod's internal data of a type, as far as it is used here. */
export interface UnseenDefinition {
  readonly type: string;
  /** For a literal. */
  readonly values?: readonly unknown[];
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly innerType?: z.ZodType;
}

/** The name of what JSON Schema cannot express; undefined if it can. */
export function unseenName({ type, values = [] }: UnseenDefinition): string | undefined {
  if (NOT_JSON.has(type) || CODE.has(type)) return type;
  if (type !== 'literal') return undefined;
  return values.map((value) => typeof value).find((name) => NOT_JSON.has(name));
}

/** The contents of a Set, a Map or a Promise. */
export function heldBy({ type, keyType, valueType, innerType }: UnseenDefinition): z.ZodType[] {
  if (!['set', 'map', 'promise'].includes(type)) return [];
  return [keyType, valueType, innerType].filter((held) => held !== undefined);
}

// The names that zod's rules give to their bounds.
const BOUNDS = ['format', 'values', 'value', 'inclusive', 'minimum', 'maximum', 'size', 'mime'];

/** A bound in stable words, for instance `less_than value=5 inclusive=true`. */
export function limitWords(check: Readonly<Record<string, unknown>>): string {
  const bounds = BOUNDS.filter((name) => check[name] !== undefined).map((name) => `${name}=${wordsOf(check[name])}`);
  return [String(check['check'] ?? check['type']), ...bounds].join(' ');
}

function wordsOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}
