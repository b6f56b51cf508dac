import { catalogModel } from '../../schema-registry/documents/catalog-model.ts';
import type { Lineage } from '../../schema-registry/documents/lineage.ts';
import { catalogFiles } from './catalog-files.ts';
import { currentSources } from './current-sources.ts';
import { indexPage } from './index-page.ts';

/** The documents as a server holds them. */
export interface ServedSite {
  readonly files: ReadonlyMap<string, string>;
  /** The index for an address without a trailing slash, where the relative links of the others would be wrong. */
  readonly start: string;
}

/** Generates the site of this code base's own catalog. Throws as `currentSources` does. */
export async function servedSite(lineage: Lineage): Promise<ServedSite> {
  const sources = currentSources(lineage);
  return { files: await catalogFiles(sources), start: await indexPage(catalogModel(sources), 'catalog/') };
}
