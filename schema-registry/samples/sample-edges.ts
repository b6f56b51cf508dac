import { numberEdges } from './sample-numbers.ts';
import { type EdgeValue, textEdges } from './sample-texts.ts';
import { anyValue, arrayOf, type SamplePlace, seedOf, typeOf, within } from './sample-values.ts';
import { branchesOf, entryOf, itemOf, partOf, propertiesOf, resolved, type SchemaPart } from './wire-schema.ts';

// Deeper, edge cases of edge cases would become very many and tell little.
const EDGE_DEPTH_MAX = 3;
const LONGEST_LIST_MAX = 1000;
const FULL = { full: true };

/** The limit values of this shape. `base` supplies the fields of an object that are not varied. */
export function edgesOf(unresolved: SchemaPart, place: SamplePlace, base?: unknown): EdgeValue[] {
  const part = resolved(unresolved);
  const { schema } = part;
  if (schema.const !== undefined) return [{ what: JSON.stringify(schema.const), value: schema.const }];
  if (schema.enum !== undefined) return schema.enum.map((value) => ({ what: JSON.stringify(value), value }));
  const branches = branchesOf(part);
  if (branches.length > 1) {
    return branches.flatMap((branch, at) =>
      edgesOf(branch, within(place, `|${at}`)).map(({ what, value }) => ({ what: named(branch, at, what), value })),
    );
  }
  const [only = part] = branches;
  switch (typeOf(only.schema)) {
    case 'null':
      return [{ what: 'null', value: null }];
    case 'boolean':
      return [true, false, 'true'].map((value) => ({ what: JSON.stringify(value), value }));
    case 'integer':
    case 'number':
      return numberEdges(only);
    case 'string':
      return textEdges(only, seedOf(place));
    case 'array':
      return arrayEdges(only, place);
    case 'object':
      return objectEdges(only, place, base);
    case undefined:
      return schema.not === undefined ? anythingEdges() : [];
  }
}

// The values of `unknown`.
function anythingEdges(): EdgeValue[] {
  return [null, false, 0, '', [], {}].map((value) => ({ what: JSON.stringify(value), value }));
}

function named({ schema }: SchemaPart, at: number, what: string): string {
  const type = typeOf(schema);
  return type === 'object' || type === 'array' ? `branch ${at + 1}, ${what}` : what;
}

function objectEdges(part: SchemaPart, place: SamplePlace, base: unknown): EdgeValue[] {
  const whole = (base ?? anyValue(part, place, FULL)) as Record<string, unknown> | undefined;
  if (whole === undefined) return [];
  const properties = propertiesOf(part);
  const required = new Set(properties.filter((property) => property.required).map(({ name }) => name));
  const edges: EdgeValue[] = [{ what: 'everything', value: whole }];
  if (required.size < properties.length) {
    edges.push({ what: 'only what is required', value: only(whole, (name) => required.has(name)) });
  }
  if (place.depth < EDGE_DEPTH_MAX) {
    const ofEach = properties.map(({ name, part: property }) => [
      ...(required.has(name) ? [] : [{ what: `without ${name}`, value: only(whole, (one) => one !== name) }]),
      ...edgesOf(property, within(place, name)).map(({ what, value }) => ({
        what: `${name}: ${what}`,
        value: { ...whole, [name]: value },
      })),
    ]);
    edges.push(...inTurn(ofEach));
  }
  if (part.schema.additionalProperties !== undefined && part.schema.additionalProperties !== false) {
    edges.push(...recordEdges(part, place, whole));
  }
  return edges;
}

function only(object: Record<string, unknown>, wanted: (name: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => wanted(name)));
}

/** First of each, second of each, and so on, so that a few values already cover all of them. */
function inTurn<Item>(lists: readonly (readonly Item[])[]): Item[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}

function recordEdges(part: SchemaPart, place: SamplePlace, whole: Record<string, unknown>): EdgeValue[] {
  const entry = entryOf(part);
  if (entry === undefined) return [{ what: 'an undeclared key', value: { ...whole, undeclared: 'made up' } }];
  const key = Object.keys(whole)[0];
  const edges = part.schema.required === undefined ? [{ what: 'no entries', value: {} as unknown }] : [];
  if (place.depth >= EDGE_DEPTH_MAX) return edges;
  if (key !== undefined) {
    for (const { what, value } of edgesOf(entry, within(place, key))) {
      edges.push({ what: `an entry: ${what}`, value: { ...whole, [key]: value } });
    }
  }
  const names = part.schema.propertyNames;
  const keys =
    names === undefined
      ? textEdges(partOf(part, { type: 'string' }), seedOf(place))
      : edgesOf(partOf(part, names), within(place, 'key'));
  const value = anyValue(entry, within(place, 'value'), FULL);
  return [
    ...edges,
    ...keys.map(({ what, value: name }) => ({
      what: `a key: ${what}`,
      value: Object.fromEntries([...Object.entries(whole), [String(name), value]]),
    })),
  ];
}

function arrayEdges(part: SchemaPart, place: SamplePlace): EdgeValue[] {
  const { prefixItems = [], minItems = prefixItems.length, maxItems } = part.schema;
  const some = (length: number) => arrayOf(part, place, { length, making: FULL });
  const edges: EdgeValue[] = [{ what: minItems === 0 ? 'empty' : `shortest (${minItems})`, value: some(minItems) }];
  const longest = maxItems ?? (part.schema.items === false ? minItems : minItems + 3);
  if (place.depth < EDGE_DEPTH_MAX && longest > minItems && longest <= LONGEST_LIST_MAX) {
    edges.push({ what: maxItems === undefined ? `long (${longest})` : `longest (${longest})`, value: some(longest) });
  }
  const length = Math.max(minItems, prefixItems.length, Math.min(1, longest));
  const whole = some(length);
  if (place.depth < EDGE_DEPTH_MAX && whole !== undefined) {
    // For a tuple every element, for a list the first.
    for (let at = 0; at < Math.max(prefixItems.length, Math.min(1, length)); at += 1) {
      for (const { what, value } of edgesOf(itemOf(part, at), within(place, String(at)))) {
        edges.push({ what: `item ${at + 1}: ${what}`, value: whole.with(at, value) });
      }
    }
  }
  return edges.filter(({ value }) => value !== undefined);
}
