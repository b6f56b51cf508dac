import { parentPort } from 'node:worker_threads';
import { catalogModel } from '../../schema-registry/documents/catalog-model.ts';
import { catalogFiles } from './catalog-files.ts';
import { currentSources } from './current-sources.ts';
import { indexPage } from './index-page.ts';
import type { ServedSite } from './served-site.ts';

const sources = await currentSources();
const site: ServedSite = {
  files: await catalogFiles(sources),
  start: await indexPage(catalogModel(sources), 'catalog/'),
};
parentPort?.postMessage(site);
