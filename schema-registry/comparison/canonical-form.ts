import { createHash } from 'node:crypto';
import { defined } from '../../events/defined.ts';
import { merged } from './merged-shapes.ts';
import { marks, type JsonSchema } from './rendering.ts';
import type { CanonicalForm, Field, Scalar, Shape } from './shape.ts';
import { byText, textOf } from './shape.ts';
import { stringShape, numberShape } from './scalar-shapes.ts';
import { formatNames, type FormatNames } from './string-formats.ts';

/** The number of the form, raised with every change that affects the text of an existing form: a version frozen in
 *  another one is converted before its hash counts. */
export const CANONICAL_FORM = 1;

export type SideName = 'writer' | 'reader';

/** Brings a rendering into its canonical form: equivalent renderings of different zod releases become equal, and
 *  documentation is left out. `names` are the formats of the release that rendered it. */
export function canonicalForm(rendered: JsonSchema, side: SideName, names: FormatNames = formatNames()): CanonicalForm {
  const reading: Reading = {
    root: rendered,
    side,
    names,
    open: new Map(),
    named: 0,
    found: new Map(),
    known: new Map(),
  };
  const shape = shapeAt('#', reading);
  return reading.found.size === 0 ? { shape } : { shape, recursive: Object.fromEntries(reading.found) };
}

/** Hashes the meaning of both sides: equal for two versions if and only if their canonical forms are. */
export function hashOf(canonical: Readonly<Record<SideName, CanonicalForm>>): string {
  return createHash('sha256').update(textOf(canonical)).digest('hex');
}

interface Reading {
  readonly root: JsonSchema;
  readonly side: SideName;
  readonly names: FormatNames;
  /** References that are being read, and the name of each that was met again inside of itself. */
  readonly open: Map<string, string | undefined>;
  named: number;
  readonly found: Map<string, Shape>;
  /** The names of references that have been read and hold themselves. */
  readonly known: Map<string, string>;
}

// A reference is replaced by what it stands for, unless it stands inside of that.
function shapeAt(reference: string, reading: Reading): Shape {
  const known = reading.known.get(reference);
  if (known !== undefined) return { kind: 'recursive', name: known };
  if (reading.open.has(reference)) {
    const name = reading.open.get(reference) ?? String((reading.named += 1));
    reading.open.set(reference, name);
    return { kind: 'recursive', name };
  }
  reading.open.set(reference, undefined);
  const shape = shapeOf(targetOf(reference, reading.root), reading);
  const name = reading.open.get(reference);
  reading.open.delete(reference);
  if (name === undefined) return shape;
  reading.found.set(name, shape);
  reading.known.set(reference, name);
  return { kind: 'recursive', name };
}

function targetOf(reference: string, root: JsonSchema): JsonSchema {
  if (reference === '#') return root;
  const name = reference
    .replace(/^#\/(\$defs|definitions)\//, '')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
  const definitions = (root['$defs'] ?? root['definitions']) as Readonly<Record<string, JsonSchema>> | undefined;
  const found = definitions?.[name];
  if (found === undefined) throw new Error(`the schema refers to ${reference}, which is not in it`);
  return found;
}

function shapeOf(json: JsonSchema | boolean, reading: Reading): Shape {
  if (json === true) return { kind: 'any' };
  if (json === false) return { kind: 'never' };
  return withTraits(plainShape(json, reading), json, reading.side);
}

function withTraits(shape: Shape, json: JsonSchema, side: SideName): Shape {
  const refined = Number(json[marks.refined] ?? 0) + (shape.refined ?? 0);
  const reader = side === 'reader';
  const coerces = json[marks.coerces];
  return {
    ...shape,
    ...(refined > 0 && !isNull(shape) && { refined }),
    ...(reader && 'default' in json && { default: json['default'] }),
    ...(reader && json[marks.catches] === true && { catches: true as const }),
    ...(reader && typeof coerces === 'string' && !isNull(shape) && { coerces }),
  };
}

function isNull(shape: Shape): boolean {
  return shape.kind === 'values' && shape.values.every((value) => value === null);
}

function plainShape(json: JsonSchema, reading: Reading): Shape {
  const unseen = json[marks.unseen];
  if (typeof unseen === 'string') return unseenShape(unseen, json, reading);
  if (typeof json['$ref'] === 'string') return shapeAt(json['$ref'], reading);
  const { anyOf, oneOf, allOf, ...rest } = json as { [keyword: string]: unknown } & Combined;
  const branches = anyOf ?? oneOf;
  const parts = [
    ...(branches === undefined ? [] : [unionOf(branches, { exclusive: oneOf !== undefined, reading })]),
    ...(allOf ?? []).map((part) => shapeOf(withType(part, rest['type']), reading)),
  ];
  const own = ownShape(rest, reading);
  return parts.reduce((shape, part) => (shape.kind === 'any' ? part : merged(shape, part)), own);
}

function unseenShape(what: string, json: JsonSchema, reading: Reading): Shape {
  const [holds, limits] = [json[marks.holds], json[marks.limits]];
  return {
    kind: 'unseen',
    what,
    ...(Array.isArray(holds) && { holds: holds.map((held: JsonSchema) => shapeOf(held, reading)) }),
    ...(Array.isArray(limits) && { limits: limits.map(String) }),
  };
}

interface Combined {
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

// zod writes several patterns of a string as parts that have nothing but a pattern.
function withType(part: JsonSchema, type: unknown): JsonSchema {
  return 'pattern' in part && !('type' in part) ? { ...part, type: type ?? 'string' } : part;
}

function unionOf(
  branches: readonly JsonSchema[],
  { exclusive, reading }: { exclusive: boolean; reading: Reading },
): Shape {
  const union = joined(branches.map((branch) => shapeOf(branch, reading)));
  return exclusive && union.kind === 'union' && !areDisjoint(union.branches) ? { ...union, exclusive: true } : union;
}

/** A union, as flat as possible: enums and literals become one list. */
function joined(shapes: readonly Shape[]): Shape {
  const flat = shapes.flatMap((shape) =>
    shape.kind === 'union' && shape.exclusive !== true && !hasTraits(shape) ? shape.branches : [shape],
  );
  const values = flat.filter((shape) => shape.kind === 'values' && !hasTraits(shape));
  const others = flat.filter((shape) => !values.includes(shape) && shape.kind !== 'never');
  const listed = valuesOf(values.flatMap((shape) => (shape.kind === 'values' ? shape.values : [])));
  const branches = byText([...others, ...(values.length > 0 ? [listed] : [])]);
  const [only] = branches;
  if (only === undefined) return { kind: 'never' };
  return branches.length === 1 ? only : { kind: 'union', branches };
}

function hasTraits(shape: Shape): boolean {
  return 'refined' in shape || 'default' in shape || 'catches' in shape || 'coerces' in shape;
}

// Objects distinguished by a field, or types that share no value: exactly one always applies.
function areDisjoint(branches: readonly Shape[]): boolean {
  const kinds = branches.map((branch) => branch.kind);
  if (kinds.every((kind) => kind !== 'object'))
    return new Set(kinds).size === kinds.length && !kinds.some((kind) => kind === 'any' || kind === 'values');
  const [first] = branches;
  if (first?.kind !== 'object') return false;
  return Object.keys(first.fields).some((name) => {
    const tags = branches.flatMap((branch) => {
      const field = branch.kind === 'object' ? branch.fields[name] : undefined;
      return field?.required === true && field.shape.kind === 'values' ? [field.shape.values] : [];
    });
    return tags.length === branches.length && new Set(tags.flat()).size === tags.flat().length;
  });
}

function ownShape(json: JsonSchema, reading: Reading): Shape {
  if ('const' in json) return valuesOf([json['const'] as Scalar]);
  if (Array.isArray(json['enum'])) return valuesOf(json['enum'] as Scalar[]);
  const { type } = json;
  if (Array.isArray(type)) return joined(type.map((one: unknown) => withNothingOf(one, json, reading)));
  switch (type) {
    case 'null':
      return valuesOf([null]);
    case 'boolean':
      return { kind: 'boolean' };
    case 'string':
      return stringShape(json, reading.names);
    case 'number':
    case 'integer':
      return numberShape(json);
    case 'array':
      return arrayShape(json, reading);
    case 'object':
      return objectShape(json, reading);
    default:
      return textOf(json['not'] ?? null) === '{}' ? { kind: 'never' } : { kind: 'any' };
  }
}

function withNothingOf(type: unknown, json: JsonSchema, reading: Reading): Shape {
  return shapeOf({ ...json, type, default: undefined }, reading);
}

function valuesOf(values: readonly Scalar[]): Shape {
  return { kind: 'values', values: byText(values) };
}

function arrayShape(json: JsonSchema, reading: Reading): Shape {
  const { prefixItems, items, minItems, maxItems } = json as {
    prefixItems?: readonly JsonSchema[];
    items?: JsonSchema | boolean;
    minItems?: number;
    maxItems?: number;
  };
  const first = prefixItems?.map((item) => shapeOf(item, reading));
  return {
    kind: 'array',
    items: shapeOf(items ?? true, reading),
    ...defined({ first }),
    ...(minItems !== undefined && minItems > 0 && { min: minItems }),
    ...defined({ max: maxItems }),
  };
}

function objectShape(json: JsonSchema, reading: Reading): Shape {
  const { properties = {}, required = [], additionalProperties, propertyNames } = json as ObjectKeywords;
  const names = propertyNames === undefined ? undefined : shapeOf(propertyNames, reading);
  const keys = names?.kind === 'values' ? names.values.map(String) : [];
  const listed = Object.fromEntries(keys.map((key) => [key, additionalProperties as JsonSchema]));
  const sorted = Object.entries({ ...listed, ...properties }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const fields = sorted.map(([name, schema]): [string, Field] => {
    const shape = shapeOf(schema, reading);
    // zod releases differ in whether a field that catches may be missing; it always may.
    return [name, { shape, required: required.includes(name) && shape.catches !== true }];
  });
  return {
    kind: 'object',
    fields: Object.fromEntries(fields),
    rest: keys.length > 0 ? 'closed' : restOf(additionalProperties, reading),
    ...(names !== undefined && textOf(names) !== ANY_NAME && { names }),
  };
}

const ANY_NAME = textOf({ kind: 'string' });

interface ObjectKeywords {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
}

function restOf(additional: JsonSchema | boolean | undefined, reading: Reading): 'closed' | 'ignored' | Shape {
  if (additional === false) return 'closed';
  if (additional === undefined) return reading.side === 'reader' ? 'ignored' : { kind: 'any' };
  return shapeOf(additional, reading);
}
