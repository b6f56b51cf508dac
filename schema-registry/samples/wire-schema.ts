import * as z from 'zod';

/** A JSON Schema of the wire form, which is the input of a parser: the encoded side of a codec, the text that a
 *  coercion converts to a number. */
export type WireSchema = z.core.JSONSchema.JSONSchema;

/** What JSON Schema cannot express (a refinement, a transformation) leaves no trace in it: callers let the parser judge
 *  the generated values. */
export function wireSchemaOf(schema: z.ZodType): WireSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

/** A part of a schema together with the whole, which its references point into. */
export interface SchemaPart {
  readonly schema: WireSchema;
  readonly root: WireSchema;
}

/** The part itself, with references resolved and the parts of an `allOf` merged. */
export function resolved({ schema, root }: SchemaPart): SchemaPart {
  let found = schema;
  // A reference that only leads to references would loop forever.
  for (let steps = 0; found.$ref !== undefined && steps < 100; steps += 1) {
    const { $ref, ...beside } = found;
    found = { ...target(root, $ref), ...beside };
  }
  for (const part of found.allOf ?? []) found = mergedSchema(found, resolved({ schema: asSchema(part), root }).schema);
  return { schema: found, root };
}

export function partOf({ root }: SchemaPart, schema: WireSchema | boolean | undefined): SchemaPart {
  return { root, schema: asSchema(schema) };
}

/** `true` allows everything and `false` nothing. */
function asSchema(schema: WireSchema | boolean | undefined): WireSchema {
  if (schema === false) return { not: {} };
  return schema === true || schema === undefined ? {} : schema;
}

function target(root: WireSchema, reference: string): WireSchema {
  let found: unknown = root;
  for (const step of reference.replace(/^#\/?/, '').split('/')) {
    if (step === '') continue;
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[name] : undefined;
  }
  return (found ?? {}) as WireSchema;
}

function mergedSchema(below: WireSchema, above: WireSchema): WireSchema {
  return {
    ...below,
    ...above,
    allOf: below.allOf ?? [],
    properties: { ...below.properties, ...above.properties },
    required: [...(below.required ?? []), ...(above.required ?? [])],
  };
}

/** Every pattern that a text has to match, including those of its `allOf`: its prefix first, its suffix last. */
export function patternsOf({ schema }: SchemaPart): string[] {
  const parts = [schema, ...(schema.allOf ?? []).map(asSchema)];
  const place = (pattern: string) => (pattern.startsWith('^') ? 0 : pattern.endsWith('$') ? 2 : 1);
  return [...new Set(parts.flatMap(({ pattern }) => pattern ?? []))].toSorted((a, b) => place(a) - place(b));
}

export function isPersonal({ schema }: SchemaPart): boolean {
  return schema['pii'] === true;
}

/** The alternatives of a union, [the part itself] if it is not one. Several types in one part count as a union of
 *  them. */
export function branchesOf(part: SchemaPart): SchemaPart[] {
  const { schema } = part;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) {
    const { anyOf: _any, oneOf: _one, ...beside } = schema;
    return alternatives.flatMap((branch) =>
      branchesOf(resolved(partOf(part, { ...beside, ...asSchema(branch as WireSchema | boolean) }))),
    );
  }
  if (!Array.isArray(schema.type)) return [part];
  return (schema.type as WireSchema['type'][]).map((type) => partOf(part, { ...schema, type } as WireSchema));
}

/** Properties with their parts; `required` ones must be present. */
export function propertiesOf(part: SchemaPart): { name: string; part: SchemaPart; required: boolean }[] {
  const required = new Set(part.schema.required);
  return Object.entries(part.schema.properties ?? {}).map(([name, schema]) => ({
    name,
    part: resolved(partOf(part, schema)),
    required: required.has(name),
  }));
}

/** The element of a list or tuple at an index. */
export function itemOf(part: SchemaPart, at: number): SchemaPart {
  const { prefixItems = [], items } = part.schema;
  return resolved(partOf(part, prefixItems[at] ?? (Array.isArray(items) ? items[at] : items)));
}

/** The entries of a record; undefined if it is not a record. */
export function entryOf(part: SchemaPart): SchemaPart | undefined {
  const { additionalProperties, properties = {} } = part.schema;
  const none = additionalProperties === undefined || typeof additionalProperties === 'boolean';
  return none || Object.keys(properties).length > 0 ? undefined : resolved(partOf(part, additionalProperties));
}
