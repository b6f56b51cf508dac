import { Worker } from 'node:worker_threads';

/** The documents as a server holds them. */
export interface ServedSite {
  readonly files: ReadonlyMap<string, string>;
  /** The index for an address without a slash at its end, from which the links of the others would lead elsewhere. */
  readonly start: string;
}

/** Draws the site in a thread of its own: it takes seconds, and nobody else's request waits for that. The thread ends
 *  with it. */
export function drawServedSite(): Promise<ServedSite> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./drawing-thread.ts', import.meta.url));
    // Who stops the server does not wait for pages.
    thread.unref();
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', () => reject(new Error('the thread ended before it had drawn the site')));
  });
}
