import { catalogModel } from '../../schema-registry/documents/catalog-model.ts';
import { joinHost } from '../threads/joining.ts';
import { catalogFiles } from './catalog-files.ts';
import { currentSources } from './current-sources.ts';
import { indexPage } from './index-page.ts';

/** The documents as a server holds them. */
export interface ServedSite {
  readonly files: ReadonlyMap<string, string>;
  /** The index for an address without a trailing slash, where the relative links of the others would be wrong. */
  readonly start: string;
}

const methods = {
  async draw(): Promise<ServedSite> {
    const sources = await currentSources();
    return { files: await catalogFiles(sources), start: await indexPage(catalogModel(sources), 'catalog/') };
  },
};
joinHost().serve(methods);

export type DrawingThread = typeof methods;
