import * as fc from 'fast-check';
import { anyNumber } from './sample-numbers.ts';
import { anyText, rotated } from './sample-texts.ts';
import {
  branchesOf,
  entryOf,
  itemOf,
  partOf,
  propertiesOf,
  resolved,
  type SchemaPart,
  type WireSchema,
} from './wire-schema.ts';

/** The place in a sample for which a value is generated. */
export interface SamplePlace {
  readonly seed: number;
  /** Values of different places differ, and stay the same when a field is added beside them. */
  readonly path: string;
  readonly depth: number;
}

/** From here on everything optional is omitted, so that recursion ends. */
const DEPTH_WANTED = 4;
const DEPTH_MAX = 24;

export function within({ seed, path, depth }: SamplePlace, step: string): SamplePlace {
  return { seed, path: `${path}.${step}`, depth: depth + 1 };
}

/** 31 bits that differ from place to place: FNV-1a of the path, mixed with the seed. */
export function seedOf({ seed, path }: SamplePlace): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let at = 0; at < path.length; at += 1) hash = Math.imul(hash ^ path.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) & 0x7fff_ffff;
}

export interface Making {
  /** Everything optional is present; otherwise half of it. */
  readonly full: boolean;
}

/** A value of this shape, the same for the same place; undefined if none is found. */
export function anyValue(unresolved: SchemaPart, place: SamplePlace, making: Making): unknown {
  if (place.depth > DEPTH_MAX) return undefined;
  const part = resolved(unresolved);
  const { schema } = part;
  const seed = seedOf(place);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[seed % schema.enum.length];
  const branches = branchesOf(part);
  if (branches.length > 1) return fromBranches(branches, place, making);
  const [only = part] = branches;
  switch (typeOf(only.schema)) {
    case 'null':
      return null;
    case 'boolean':
      return seed % 2 === 0;
    case 'integer':
    case 'number':
      return anyNumber(only, seed);
    case 'string':
      return anyText(only, seed);
    case 'array':
      return anyArray(only, place, making);
    case 'object':
      return anyObject(only, place, making);
    case undefined:
      return schema.not === undefined ? fc.sample(fc.jsonValue({ maxDepth: 1 }), { seed, numRuns: 1 })[0] : undefined;
  }
}

/** The type, also if only its keywords imply it. */
export function typeOf({ type, properties, additionalProperties, prefixItems, items }: WireSchema) {
  if (type !== undefined) return Array.isArray(type) ? type[0] : type;
  if (properties !== undefined && Object.keys(properties).length > 0) return 'object';
  if (additionalProperties !== undefined) return 'object';
  return prefixItems !== undefined || items !== undefined ? 'array' : undefined;
}

function fromBranches(branches: readonly SchemaPart[], place: SamplePlace, making: Making): unknown {
  // Deep down the simple ones come first, because they do not recurse.
  const simple = (part: SchemaPart) => !['object', 'array'].includes(typeOf(part.schema) ?? '');
  const tried =
    place.depth >= DEPTH_WANTED
      ? branches.toSorted((a, b) => Number(simple(b)) - Number(simple(a)))
      : rotated(branches, seedOf(place));
  for (const branch of tried) {
    const value = anyValue(branch, within(place, '|'), making);
    if (value !== undefined) return value;
  }
  return undefined;
}

function anyArray(part: SchemaPart, place: SamplePlace, making: Making): unknown {
  const { minItems = 0, maxItems = Infinity } = part.schema;
  const wanted = place.depth >= DEPTH_WANTED ? 0 : 1 + (seedOf(place) % 3);
  const length = Math.min(maxItems, Math.max(minItems, wanted, part.schema.prefixItems?.length ?? 0));
  return arrayOf(part, place, { length, making });
}

interface Filling {
  readonly length: number;
  readonly making: Making;
}

export function arrayOf(part: SchemaPart, place: SamplePlace, { length, making }: Filling): unknown[] | undefined {
  const items: unknown[] = [];
  for (let at = 0; at < length; at += 1) {
    const value = anyValue(itemOf(part, at), within(place, String(at)), making);
    // A place that cannot be filled can be omitted in a list, but not in a tuple.
    if (value === undefined) return items.length >= (part.schema.minItems ?? 0) ? items : undefined;
    items.push(value);
  }
  return items;
}

function anyObject(part: SchemaPart, place: SamplePlace, making: Making): unknown {
  const object: [string, unknown][] = [];
  for (const { name, part: property, required } of propertiesOf(part)) {
    const inside = within(place, name);
    const wanted = making.full || seedOf(inside) % 2 === 0;
    if (!required && (!wanted || place.depth >= DEPTH_WANTED)) continue;
    const value = anyValue(property, inside, making);
    if (value === undefined && required) return undefined;
    if (value !== undefined) object.push([name, value]);
  }
  const entry = entryOf(part);
  if (entry !== undefined) {
    for (const name of keysOf(part, place)) {
      const value = anyValue(entry, within(place, name), making);
      if (value !== undefined) object.push([name, value]);
    }
  }
  // Not by assignment, which behaves differently for `__proto__`.
  return Object.fromEntries(object);
}

/** Keys of a record: required ones, or a few optional ones. */
function keysOf(part: SchemaPart, place: SamplePlace): string[] {
  const names = part.schema.propertyNames;
  const required = part.schema.required ?? [];
  if (place.depth >= DEPTH_WANTED || required.length > 0) return required;
  if (names === undefined) return ['a key'];
  const key = anyValue(partOf(part, names), within(place, 'key'), { full: true });
  return typeof key === 'string' ? [key] : [];
}
