import { inThread } from '../threads/single-calls.ts';
import type { DrawingThread, ServedSite } from './drawing-thread.ts';

/** Generates the site in a separate thread: it takes seconds and must not delay other requests. */
export function generateServedSite(): Promise<ServedSite> {
  const entry = new URL('./drawing-thread.ts', import.meta.url);
  // Stopping the server does not wait for pages.
  return inThread<DrawingThread>(entry, { unref: true }).call('draw');
}
