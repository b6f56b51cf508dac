import { defined } from '../../events/defined.ts';
import type { JsonSchema } from './catalog-sources.ts';

// Describes in words what a schema requires.

/** The context of a description: where references lead, and the enclosing schemas. */
export interface Surroundings {
  readonly resolve: (schema: JsonSchema) => JsonSchema;
  /** A recursive schema is not entered again. */
  readonly open: ReadonlySet<JsonSchema>;
}

const formats: Readonly<Record<string, string>> = {
  'date-time': 'date and time',
  date: 'date',
  time: 'time of day',
  email: 'e-mail address',
  uri: 'URL',
  uuid: 'UUID',
  ipv4: 'IPv4 address',
  ipv6: 'IPv6 address',
};

/** For instance `list of string`, `date and time or null`. */
export function typeInWords(schema: JsonSchema, around: Surroundings): string {
  const target = around.resolve(schema);
  if (around.open.has(target)) return 'the enclosing shape, recursively';
  const inner = { ...around, open: new Set([...around.open, target]) };
  const branches = branchesOf(target);
  if (branches.length > 0) return either(branches.map((branch) => typeInWords(branch, inner)));
  if (target.const !== undefined) return JSON.stringify(target.const);
  if (Array.isArray(target.type)) return either(target.type.map((type) => oneType({ ...target, type }, inner)));
  return oneType(target, inner);
}

function oneType(schema: JsonSchema, around: Surroundings): string {
  if (schema.type === 'array') return listInWords(schema, around);
  if (schema.type === 'object' && schema.properties === undefined && typeof schema.additionalProperties === 'object') {
    return `map to ${typeInWords(schema.additionalProperties, around)}`;
  }
  if (schema.type === 'string') return formats[schema.format ?? ''] ?? 'string';
  return typeof schema.type === 'string' ? schema.type : 'anything';
}

function listInWords({ items, prefixItems }: JsonSchema, around: Surroundings): string {
  const words = (item: JsonSchema | boolean) => (typeof item === 'boolean' ? 'anything' : typeInWords(item, around));
  if (prefixItems !== undefined) return `tuple of ${prefixItems.map(words).join(', ')}`;
  return items === undefined || Array.isArray(items) ? 'list' : `list of ${words(items)}`;
}

function either(words: readonly string[]): string {
  return [...new Set(words)].join(' or ');
}

/** The alternatives of a union; none if it is not a union. */
export function branchesOf({ anyOf, oneOf }: JsonSchema): readonly JsonSchema[] {
  return anyOf ?? oneOf ?? [];
}

/** A value's constraints besides its type, each in a few words. */
export function constraintsInWords(found: JsonSchema, around: Surroundings): string[] {
  const target = around.resolve(found);
  if (around.open.has(target)) return [];
  // A reference has its own default.
  const schema = { ...target, ...defined({ default: found.default }) };
  const inner = { ...around, open: new Set([...around.open, target]) };
  const inside = [...branchesOf(schema), ...listed(schema.items)].flatMap((part) => constraintsInWords(part, inner));
  const { minLength, maxLength, minItems, maxItems } = schema;
  return [
    ...(schema.enum === undefined ? [] : [`one of ${schema.enum.map((value) => JSON.stringify(value)).join(', ')}`]),
    ...range(minLength, maxLength, 'characters'),
    ...(schema.prefixItems === undefined ? range(minItems, maxItems, 'items') : []),
    ...numbers(schema),
    // zod writes its own pattern beside each known format, which no reader needs.
    ...(schema.pattern === undefined || schema.format !== undefined ? [] : [`matches ${schema.pattern}`]),
    ...(schema.default === undefined ? [] : [`${JSON.stringify(schema.default)} if left out`]),
    ...inside,
  ].filter((words, index, all) => all.indexOf(words) === index);
}

function listed(items: JsonSchema['items']): readonly JsonSchema[] {
  return typeof items === 'object' && !Array.isArray(items) ? [items] : [];
}

function range(min: number | undefined, max: number | undefined, unit: string): string[] {
  const count = (value: number) => value.toLocaleString('en-US');
  if (min !== undefined && max !== undefined) {
    return [min === max ? `exactly ${count(min)} ${unit}` : `${count(min)} to ${count(max)} ${unit}`];
  }
  if (max !== undefined) return [`at most ${count(max)} ${unit}`];
  return min === undefined ? [] : [`at least ${count(min)} ${unit}`];
}

function numbers({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: JsonSchema): string[] {
  // zod states the limits of safe integers for every integer.
  const bound = (value: unknown) => (typeof value === 'number' && Number.isSafeInteger(value * 2) ? value : undefined);
  const safe = (value: number | undefined) => (value === undefined ? undefined : (bound(value) ?? fraction(value)));
  const told: [number | undefined, string][] = [
    [safe(minimum), 'at least'],
    [safe(maximum), 'at most'],
    [numeric(exclusiveMinimum), 'more than'],
    [numeric(exclusiveMaximum), 'less than'],
    [multipleOf, 'a multiple of'],
  ];
  return told.flatMap(([value, words]) => (value === undefined ? [] : [`${words} ${value}`]));
}

function fraction(value: number): number | undefined {
  return Number.isInteger(value) ? undefined : value;
}

function numeric(value: number | boolean | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
