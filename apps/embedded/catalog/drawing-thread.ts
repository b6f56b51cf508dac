import { currentCode } from '../../../schema-registry/stored-reading.ts';
import { servedSite } from '../../catalog-site/served-site.ts';
import { joinHost } from '../../threads/joining.ts';
import { deriveLineage } from './lineage.ts';

const methods = {
  draw: async () => servedSite(await deriveLineage(currentCode)),
};
joinHost().serve(methods);

export type DrawingThread = typeof methods;
