import { readFileSync } from 'node:fs';
import { type CatalogEvent, catalogModel } from '../../schema-registry/documents/catalog-model.ts';
import type { CatalogSources } from '../../schema-registry/documents/catalog-sources.ts';
import { eventCatalogFolder } from '../../schema-registry/documents/eventcatalog-folder.ts';
import { jsonSchemaOf, schemaPath } from '../../schema-registry/documents/json-schemas.ts';
import { pathPart } from '../../schema-registry/documents/path-part.ts';
import { asyncApiDocument } from './asyncapi-document.ts';
import { eventPage } from './event-page.ts';
import { indexPage } from './index-page.ts';

/** The documents of a catalog: their texts by paths within their folder, with forward slashes. The same sources give
 *  the same texts. */
export async function catalogFiles(sources: CatalogSources): Promise<ReadonlyMap<string, string>> {
  const events = catalogModel(sources);
  return new Map([
    ['index.html', await indexPage(events)],
    ...(await Promise.all(events.map(async (event) => pageFile(event, events)))),
    ['catalog.css', readAsset('catalog.css')],
    ['catalog.js', readAsset('catalog.js')],
    ['asyncapi.json', jsonText(asyncApiDocument(events))],
    ...events.flatMap(schemaFiles),
    ...eventCatalogFolder(events).map(([path, text]): [string, string] => [`eventcatalog/${path}`, text]),
  ]);
}

async function pageFile(event: CatalogEvent, events: readonly CatalogEvent[]): Promise<[string, string]> {
  return [`events/${pathPart(event.type)}.html`, await eventPage(event, events)];
}

function schemaFiles(event: CatalogEvent): [string, string][] {
  return [event.current, ...event.past].map((version) => {
    return [schemaPath(event.type, version.version), jsonText(jsonSchemaOf(event, version))];
  });
}

function jsonText(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function readAsset(name: 'catalog.css' | 'catalog.js'): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
