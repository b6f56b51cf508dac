import * as z from 'zod';
import { defined } from '../../events/defined.ts';
import type { JsonSchema } from './catalog-sources.ts';
import { branchesOf, constraintsInWords, type Surroundings, typeInWords } from './field-words.ts';

/** One field of an event, as described on its page. */
export interface EventField {
  /** `text`, `media[].url` in a list, `labels.*` in a map. */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly constraints: readonly string[];
  readonly description?: string;
  /** It is personal. */
  readonly pii: boolean;
}

/** Requirements of a whole event that JSON Schema cannot express. */
export interface EventRule {
  readonly path: string;
  readonly message: string;
}

/** What may be sent: the side of a reader, which drops undeclared keys and knows defaults. */
export function readerSchema(data: z.ZodObject): JsonSchema {
  return z.toJSONSchema(data, { io: 'input', unrepresentable: 'any' });
}

/** Every field at every depth, in the order of the schema. */
export function fieldsOf(root: JsonSchema): EventField[] {
  const resolve = resolverOf(root);
  return inside(resolve(root), { resolve, path: '', open: new Set([root]), when: [] });
}

interface Place extends Surroundings {
  readonly path: string;
  /** The conditions under which the field exists at all. */
  readonly when: readonly string[];
}

function inside(schema: JsonSchema, place: Place): EventField[] {
  const { path, resolve } = place;
  const enter = (part: JsonSchema, at: string, when = place.when): EventField[] => {
    const target = resolve(part);
    if (place.open.has(target)) return [];
    return inside(target, { ...place, path: at, when, open: new Set([...place.open, target]) });
  };
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, part]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const property = typeof part === 'boolean' ? {} : part;
    return [
      fieldAt(property, schema.required?.includes(name) ?? false, { ...place, path: at }),
      ...enter(property, at),
    ];
  });
  const { items, prefixItems = [], additionalProperties } = schema;
  return [
    ...own,
    ...parts(items).flatMap((part) => enter(part, `${path}[]`)),
    ...prefixItems.flatMap((part) => parts(part).flatMap((item) => enter(item, `${path}[]`))),
    ...parts(additionalProperties).flatMap((part) => enter(part, `${path}.*`)),
    ...branchesOf(schema).flatMap((part) => enter(part, path, [...place.when, ...condition(resolve(part))])),
    ...(schema.allOf ?? []).flatMap((part) => parts(part).flatMap((one) => enter(one, path))),
  ];
}

function fieldAt(property: JsonSchema, required: boolean, place: Place): EventField {
  const description = descriptionOf(property, place);
  return {
    path: place.path,
    type: typeInWords(property, place),
    required,
    constraints: [...constraintsInWords(property, place), ...place.when],
    ...defined({ description }),
    pii: isPersonal(property, place),
  };
}

/** Its own description, or that of what it wraps: for a nullable the description is at the value that is not null. */
function descriptionOf(property: JsonSchema, { resolve }: Surroundings): string | undefined {
  const target = resolve(property);
  const branches = branchesOf(target).filter(({ type }) => type !== 'null');
  const only = branches.length === 1 && branches[0] !== undefined ? resolve(branches[0]) : undefined;
  return property.description ?? target.description ?? only?.description;
}

// A mark does not pass through wrappers (null, a list), so it is also searched for below, but not inside objects, whose
// fields have their own marks.
function isPersonal(schema: JsonSchema, { resolve, open }: Surroundings): boolean {
  const target = resolve(schema);
  if (schema['pii'] === true || target['pii'] === true) return true;
  if (target.properties !== undefined || open.has(target)) return false;
  const inner = { resolve, open: new Set([...open, target]) };
  const wrapped = [...branchesOf(target), ...parts(target.items), ...parts(target.additionalProperties)];
  return wrapped.some((part) => isPersonal(part, inner));
}

function parts(part: unknown): JsonSchema[] {
  return typeof part === 'object' && part !== null && !Array.isArray(part) ? [part as JsonSchema] : [];
}

/** What distinguishes a branch of a union from the others: its constant fields. */
function condition({ properties = {} }: JsonSchema): string[] {
  return Object.entries(properties).flatMap(([name, part]) =>
    typeof part === 'object' && part.const !== undefined ? [`if ${name} is ${JSON.stringify(part.const)}`] : [],
  );
}

function resolverOf(root: JsonSchema): Surroundings['resolve'] {
  return (schema) => {
    if (schema.$ref === '#') return root;
    const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref ?? '')?.[1];
    return (name === undefined ? undefined : root.$defs?.[name]) ?? schema;
  };
}

/** The refinements of the whole event, which leave no trace in JSON Schema. */
export function rulesOf(data: z.ZodObject): EventRule[] {
  return (data.def.checks ?? []).flatMap((check) => {
    if (!(check instanceof z.ZodCustom)) return [];
    const { path = [], error } = check.def;
    const said = error?.({ code: 'custom', input: undefined, path: [], params: {} });
    const message = typeof said === 'string' ? said : said?.message;
    return [{ path: path.map(String).join('.'), message: message ?? 'a rule without a message' }];
  });
}
