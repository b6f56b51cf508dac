import type { CatalogEvent, CatalogVersion } from './catalog-model.ts';
import type { JsonSchema } from './catalog-sources.ts';
import { pathPart } from './path-part.ts';

/** The path of a version's schema within the documents folder. */
export function schemaPath(type: string, version: number): string {
  return `schemas/${pathPart(type)}-${version}.schema.json`;
}

/** JSON Schema 2020-12 of the data of a version, under the name that the envelope's `dataschema` has, so that a reader
 *  of an event finds its schema. It is the reader's side: undeclared keys are allowed. */
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
