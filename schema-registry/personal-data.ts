import * as z from 'zod';
import type { EventDefinition } from '../events/define-event.ts';

// Which parts of an event's data say something about a person, read off the rendered schema: zod copies the mark of
// `personal` into it from wherever it stands, while a wrapper such as `.optional()` does not have it.

/** What has a schema: the definition of an event, or one of its past versions. */
export interface HasData {
  readonly data: z.ZodObject;
}

/** The marked fields, as dotted paths in order of the schema, `*` for any element or key: `text`, `media.*.caption`. Of a
 *  schema that contains itself, two turns. */
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

/** The same data without what says something about a person, for samples and documents: the same each time, of the same
 *  shape, and a text of the same class of lengths (the power of two below it). What is not declared is masked as well,
 *  because nobody can say what it is. */
export function redact<Data>(definition: HasData, data: Data): Data {
  return replacePersonal(definition, data, masked) as Data;
}

/** Which of an event's subject and partition key are made of something personal, to judge by its examples: such a key would
 *  be in log lines, in URLs and at whoever keeps the log. */
export function personalKeys(definition: EventDefinition): readonly ('subject' | 'partitionKey')[] {
  const changed = definition.examples.map((data) => {
    // What begins and ends otherwise gives another key, whatever part of it the key is made of.
    const other = replacePersonal(definition, data, (value) => `\u2026${String(value)}\u2026`) as typeof data;
    return (['subject', 'partitionKey'] as const).filter((key) => definition[key](data) !== definition[key](other));
  });
  return [...new Set(changed.flat())];
}

/** Calls `replace` for each text, number and truth value of a marked or undeclared part. */
function replacePersonal({ data: schema }: HasData, data: unknown, replace: Replace): unknown {
  const root = renderedOf(schema);
  return walk(data, expanded([root], root), false);

  function walk(value: unknown, schemas: readonly JsonSchema[], within: boolean): unknown {
    const personal = within || schemas.length === 0 || schemas.some(isMarked);
    if (Array.isArray(value)) {
      return value.map((each: unknown, index) => walk(each, partsOf(schemas, index, root), personal));
    }
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).map(([name, each]) => [
        name,
        walk(each, partsOf(schemas, name, root), personal),
      ]);
      return Object.fromEntries(entries) as unknown;
    }
    return personal && value !== null && value !== undefined ? replace(value, schemas) : value;
  }
}

type Replace = (value: unknown, schemas: readonly JsonSchema[]) => unknown;

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
  // What is on the wire is what is stored and published: of a codec the input side.
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

/** Each schema with what it refers to and is a union or an intersection of, each once. */
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
