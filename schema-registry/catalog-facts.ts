import { catalog } from '../events/catalog.ts';
import type { EventDefinition } from '../events/define-event.ts';
import { type CatalogFacts, sourcesOf } from './event-facts.ts';
import { pastVersions } from './past-versions.ts';
import { personFieldsOf } from './person-fields.ts';
import { personalPaths } from './personal-data.ts';

let facts: CatalogFacts | undefined;

/** The catalog's facts, computed by the first call. */
export function catalogFacts(): CatalogFacts {
  return (facts ??= factsOf(Object.values<EventDefinition>(catalog)));
}

function factsOf(definitions: readonly EventDefinition[]): CatalogFacts {
  const byType = <Value>(valueOf: (definition: EventDefinition) => Value) =>
    Object.fromEntries(definitions.map((definition) => [definition.type, valueOf(definition)]));
  const names = [...definitions, ...pastVersions].flatMap((each) => personalPaths(each)).map(lastName);
  return {
    dataschemas: byType(({ dataschema }) => dataschema),
    sources: sourcesOf(pastVersions),
    deprecations: Object.fromEntries(
      definitions.flatMap(({ type, deprecation }) => (deprecation === undefined ? [] : [[type, deprecation]])),
    ),
    personalPaths: byType((definition) => personalPaths(definition)),
    personFields: personFieldsOf([...definitions, ...pastVersions]),
    personalNames: [...new Set(names)],
  };
}

function lastName(path: string): string {
  return path.split('.').findLast((name) => name !== '*') ?? path;
}
