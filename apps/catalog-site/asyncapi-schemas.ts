import type { JsonSchema } from '../../schema-registry/documents/catalog-sources.ts';

/** The schema of an event as components of an AsyncAPI document, which uses JSON Schema draft 7: definitions become
 *  separate components, because a reference starts at the root of the document. */
export function asyncApiSchemas(type: string, root: JsonSchema): Record<string, object> {
  const { $schema: _dialect, $defs = {}, ...schema } = root;
  const name = (definition: string) => `${type}.${definition.replace(/[^\w.-]/g, '_')}`;
  const reference = (to: string) => {
    const definition = /^#\/\$defs\/(.+)$/.exec(to)?.[1];
    if (definition !== undefined) return `#/components/schemas/${name(definition)}`;
    return to === '#' ? `#/components/schemas/${type}` : to;
  };
  const rewritten = Object.entries($defs).map(([key, part]) => [name(key), draft7(part, reference)]);
  return { [type]: draft7(schema, reference) as object, ...(Object.fromEntries(rewritten) as Record<string, object>) };
}

/** Places with data instead of a schema, where keywords have no meaning. */
const DATA = new Set(['const', 'enum', 'default', 'examples']);
/** Places with the event's own names. */
const NAMES = new Set(['properties', 'patternProperties']);

function draft7(node: unknown, reference: (to: string) => string): unknown {
  if (Array.isArray(node)) return node.map((part) => draft7(part, reference));
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([keyword, value]): [string, unknown] => {
    if (keyword === '$ref') return ['$ref', reference(String(value))];
    if (DATA.has(keyword)) return [keyword, value];
    if (NAMES.has(keyword)) return [keyword, named(value as object, reference)];
    if (keyword === 'prefixItems') return ['items', draft7(value, reference)];
    if (keyword === 'items' && 'prefixItems' in node) return ['additionalItems', draft7(value, reference)];
    return [keyword, draft7(value, reference)];
  });
  return Object.fromEntries(entries);
}

function named(schemas: object, reference: (to: string) => string): object {
  return Object.fromEntries(Object.entries(schemas).map(([name, part]) => [name, draft7(part, reference)]));
}
