import { Worker } from 'node:worker_threads';
import type { ServedSite } from './drawing-thread.ts';

/** Generates the site in a separate thread: it takes seconds and must not delay other requests. The thread then
 *  ends. */
export function generateServedSite(): Promise<ServedSite> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./drawing-thread.ts', import.meta.url));
    // Stopping the server does not wait for pages.
    thread.unref();
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', () => reject(new Error('the thread ended before it had drawn the site')));
  });
}
