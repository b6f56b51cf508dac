import type { CatalogEvent, CatalogVersion } from './catalog-model.ts';
import type { JsonSchema } from './catalog-sources.ts';
import { pathPart } from './path-part.ts';

/** Where the schema of a version lies in the folder of the documents. */
export function schemaPath(type: string, version: number): string {
  return `schemas/${pathPart(type)}-${version}.schema.json`;
}

/** JSON Schema 2020-12 of the data of a version, under the name that the envelope's `dataschema` has: whoever reads an
 *  event finds what it must look like. It is the side of a reader: what is not declared may be there. */
export function jsonSchemaOf({ type, summary, rules }: CatalogEvent, version: CatalogVersion): JsonSchema {
  const { $schema: _dialect, ...schema } = version.schema;
  const examples = version.examples.filter((example) => !example.redacted).map(({ data }) => data);
  const words = rules.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: version.dataschema,
    title: `${type}, version ${version.version}`,
    description: summary,
    ...(words.length > 0 && { $comment: `Not expressible here: ${words.join('; ')}` }),
    ...schema,
    ...(examples.length > 0 && { examples }),
  };
}
