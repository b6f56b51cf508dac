import type { ServedSite } from '../../catalog-site/served-site.ts';
import { inThread } from '../../threads/single-calls.ts';
import type { DrawingThread } from './drawing-thread.ts';

/** Generates the site of the catalog with the lineage of this engine's projections, in a separate thread: it takes
 *  seconds and must not delay requests. Rejects with SCHEMA_DAMAGED if the frozen versions were modified. */
export function drawSite(): Promise<ServedSite> {
  const entry = new URL('./drawing-thread.ts', import.meta.url);
  // Stopping the server does not wait for pages.
  return inThread<DrawingThread>(entry, { unref: true }).call('draw');
}
