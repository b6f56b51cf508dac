import * as z from 'zod';
import type { EventDefinition } from '../events/define-event.ts';

// Which parts of an event's data are personal, read from the rendered schema: zod copies the mark of `personal` into it
// from wherever it is, while a wrapper such as `.optional()` does not have it.

/** Anything with a schema: the definition of an event, or one of its past versions. */
export interface HasData {
  readonly data: z.ZodObject;
}

/** The marked fields, as dotted paths in order of the schema, `*` for any element or key: `text`, `media.*.caption`. A
 *  recursive schema is followed for two levels. */
export function personalPaths({ data }: HasData): readonly string[] {
  const root = renderedOf(data);
  const paths = new Set<string>();
  collect(expanded([root], root), { at: [], above: [] });
  return [...paths];

  function collect(
    schemas: readonly JsonSchema[],
    { at, above }: { at: string[]; above: readonly JsonSchema[] },
  ): void {
    if (schemas.some(isMarked)) return void paths.add(at.join('.'));
    const fresh = schemas.filter((schema) => above.indexOf(schema) === above.lastIndexOf(schema));
    if (fresh.length === 0) return;
    const within = { above: [...above, ...fresh] };
    for (const name of new Set(fresh.flatMap(({ properties = {} }) => Object.keys(properties)))) {
      collect(partsOf(fresh, name, root), { ...within, at: [...at, name] });
    }
    const others = fresh.flatMap(({ items, prefixItems = [], additionalProperties: more }) => [
      items,
      ...prefixItems,
      more,
    ]);
    collect(expanded(others, root), { ...within, at: [...at, '*'] });
  }
}

/** The same data with personal parts masked, for samples and documents: deterministic, of the same shape, with texts of
 *  the same length class (the power of two below). Undeclared parts are masked as well, because their meaning is
 *  unknown. */
export function redact<Data>(definition: HasData, data: Data): Data {
  return replacePersonal(definition, data, masked) as Data;
}

/** The personal fields from which an event's subject and partition key are derived, with paths as in `personalPaths`.
 *  Determined by experiment: each personal part of each sample is replaced, and the results of the two functions are
 *  compared. */
export function personalKeys(
  definition: Pick<EventDefinition, 'data' | 'subject' | 'partitionKey'>,
  samples: readonly Readonly<Record<string, unknown>>[],
): readonly PersonalKey[] {
  const found = new Map<string, PersonalKey>();
  for (const sample of samples) {
    let parts = 0;
    replacePersonal(definition, sample, (value) => ((parts += 1), value));
    for (let part = 0; part < parts; part += 1) {
      let [at, path] = [-1, ''];
      const other = replacePersonal(definition, sample, (value, _, steps) => {
        at += 1;
        if (at !== part) return value;
        path = steps.join('.');
        // A different beginning and end change the key, whatever part of the text it is derived from.
        return `\u2026${String(value)}\u2026`;
      });
      for (const key of ['subject', 'partitionKey'] as const)
        if (differs(definition[key], sample, other)) found.set(`${key} ${path}`, { key, path });
    }
  }
  return [...found.values()];
}

export interface PersonalKey {
  readonly key: 'subject' | 'partitionKey';
  readonly path: string;
}

function differs(key: EventDefinition['subject'], one: unknown, other: unknown): boolean {
  const of = key as (data: unknown) => unknown;
  try {
    return String(of(one)) !== String(of(other));
  } catch {
    // It does not accept data of another kind, such as text in place of a number: that proves nothing.
    return false;
  }
}

/** Calls `replace` for each text, number and boolean of a marked or undeclared part. */
function replacePersonal({ data: schema }: HasData, data: unknown, replace: Replace): unknown {
  const root = renderedOf(schema);
  return walk(data, expanded([root], root), { within: false, steps: [] });

  function walk(value: unknown, schemas: readonly JsonSchema[], { within, steps }: Walk): unknown {
    const personal = within || schemas.length === 0 || schemas.some(isMarked);
    // Parts inside something personal are reported under its name.
    const inside = (step: string): Walk => ({ within: personal, steps: personal ? steps : [...steps, step] });
    if (Array.isArray(value)) {
      return value.map((each: unknown, index) => walk(each, partsOf(schemas, index, root), inside('*')));
    }
    if (typeof value === 'object' && value !== null) {
      const isDeclared = (name: string) => schemas.some(({ properties = {} }) => Object.hasOwn(properties, name));
      const entries = Object.entries(value).map(([name, each]) => [
        name,
        walk(each, partsOf(schemas, name, root), inside(isDeclared(name) ? name : '*')),
      ]);
      return Object.fromEntries(entries) as unknown;
    }
    return personal && value !== null && value !== undefined ? replace(value, schemas, steps) : value;
  }
}

interface Walk {
  readonly within: boolean;
  readonly steps: readonly string[];
}

type Replace = (value: unknown, schemas: readonly JsonSchema[], steps: readonly string[]) => unknown;

function masked(value: unknown, schemas: readonly JsonSchema[]): unknown {
  const one = schemas.flatMap((schema) => schema.enum ?? [])[0];
  if (one !== undefined) return one;
  if (typeof value === 'number') return 0;
  if (typeof value === 'boolean') return false;
  if (typeof value !== 'string' || value === '') return value;
  const least = Math.max(0, ...schemas.map(({ minLength = 0 }) => minLength));
  return 'x'.repeat(Math.max(Math.min(least, value.length), 2 ** Math.floor(Math.log2(value.length))));
}

type JsonSchema = z.core.JSONSchema.BaseSchema & { readonly pii?: unknown };

const isMarked = ({ pii }: JsonSchema) => pii === true;

const rendered = new WeakMap<z.ZodObject, JsonSchema>();

function renderedOf(schema: z.ZodObject): JsonSchema {
  let found = rendered.get(schema);
  // The wire form is what is stored and published: for a codec the input side.
  if (found === undefined)
    rendered.set(schema, (found = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })));
  return found;
}

/** The schemas of a field or an element, all that may apply. */
function partsOf(schemas: readonly JsonSchema[], name: string | number, root: JsonSchema): readonly JsonSchema[] {
  const parts = schemas.flatMap(({ properties = {}, prefixItems = [], items, additionalProperties }): unknown[] => {
    if (typeof name === 'number') return [prefixItems[name] ?? items];
    return [Object.hasOwn(properties, name) ? properties[name] : additionalProperties];
  });
  return expanded(parts, root);
}

/** Each schema with those that it references or combines, without duplicates. */
function expanded(schemas: readonly unknown[], root: JsonSchema, found = new Set<JsonSchema>()): readonly JsonSchema[] {
  for (const schema of schemas) {
    if (!isSchema(schema) || found.has(schema)) continue;
    found.add(schema);
    const { $ref, anyOf = [], oneOf = [], allOf = [] } = schema;
    const target = $ref === undefined ? [] : [referred($ref, root)];
    expanded([...target, ...anyOf, ...oneOf, ...allOf], root, found);
  }
  return [...found];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function referred($ref: string, root: JsonSchema): unknown {
  const names = $ref.split('/').slice(1);
  return names.reduce<unknown>((at, name) => (isSchema(at) ? (at as Record<string, unknown>)[name] : undefined), root);
}
