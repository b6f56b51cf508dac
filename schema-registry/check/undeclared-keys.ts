import {
  branchesOf,
  entryOf,
  itemOf,
  partOf,
  propertiesOf,
  resolved,
  type SchemaPart,
  type WireSchema,
} from '../samples/wire-schema.ts';

/** The keys that a schema declares, and what is below them. */
interface Declared {
  readonly keys: ReadonlyMap<string, Declared | undefined>;
  /** For lists and records: their items or entries. A record declares every key. */
  readonly each: Declared | undefined;
  readonly isRecord: boolean;
}

export type KeyFinding = (path: string, value: unknown) => void;

// A recursive schema is followed to this depth.
const DEPTH_MAX = 6;

/** Reports every key in `data` that the schema does not declare, with its path from `data`; list elements are `[]`.
 *  Cheap if there is none. */
export function undeclaredKeysOf(schema: WireSchema): (data: unknown, found: KeyFinding) => void {
  const declared = declaredBy({ schema, root: schema }, 0);
  return (data, found) => look(data, declared, { path: 'data', found });
}

function declaredBy(unresolved: SchemaPart, depth: number): Declared | undefined {
  if (depth > DEPTH_MAX) return undefined;
  const keys = new Map<string, Declared | undefined>();
  let each: Declared | undefined;
  let isRecord = false;
  let says = false;
  for (const branch of branchesOf(resolved(unresolved))) {
    const properties = propertiesOf(branch);
    for (const { name, part } of properties) keys.set(name, declaredBy(part, depth + 1) ?? keys.get(name));
    const entry = entryOf(branch);
    const { items, prefixItems } = branch.schema;
    if (entry !== undefined) each ??= declaredBy(entry, depth + 1);
    else if (prefixItems !== undefined) each ??= declaredBy(itemsTogether(branch), depth + 1);
    else if (items !== undefined) each ??= declaredBy(itemOf(branch, 0), depth + 1);
    isRecord ||= entry !== undefined;
    says ||= properties.length > 0 || branch.schema.type === 'object' || each !== undefined;
  }
  return says ? { keys, each, isRecord } : undefined;
}

function itemsTogether(part: SchemaPart): SchemaPart {
  return partOf(part, { anyOf: (part.schema.prefixItems ?? []).filter((item) => typeof item === 'object') });
}

interface Looking {
  readonly path: string;
  readonly found: KeyFinding;
}

function look(value: unknown, declared: Declared | undefined, { path, found }: Looking): void {
  if (declared === undefined || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    if (declared.each === undefined) return;
    for (const item of value) look(item, declared.each, { path: `${path}[]`, found });
    return;
  }
  const object = value as Record<string, unknown>;
  for (const key in object) {
    if (declared.keys.has(key)) {
      const below = declared.keys.get(key);
      if (below !== undefined) look(object[key], below, { path: `${path}.${key}`, found });
    } else if (declared.isRecord) {
      if (declared.each !== undefined) look(object[key], declared.each, { path: `${path}.*`, found });
    } else found(`${path}.${key}`, object[key]);
  }
}

export function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
