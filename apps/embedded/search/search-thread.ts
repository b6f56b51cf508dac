import { parentPort, workerData } from 'node:worker_threads';
import { openSqliteSearchIndexReader } from '../../../adapters/embedded/search/index-reader.ts';
import { searchReader } from '../../../projections/search/search-queries.ts';
import { damageOf } from '../live/damage.ts';
import type { SearchAnswer, SearchQuestion } from './client.ts';

// A search for common words walks a large part of the index, tens of milliseconds in which a server on the same thread
// would answer nobody. So searches have this thread, with a connection of its own.
const port = parentPort;
if (port === null) throw new Error('search-thread.ts runs as a worker thread only');
const { path } = workerData as { path: string };
const index = openSqliteSearchIndexReader(path);
const search = searchReader(index);

port.on('message', (message: SearchQuestion | 'stop') => {
  if (message !== 'stop') {
    void answer(message).then((found) => port.postMessage(found));
    return;
  }
  index.close();
  port.close();
});
port.postMessage('open');

async function answer(question: SearchQuestion): Promise<SearchAnswer> {
  const { id, kind, text } = question;
  try {
    const page = kind === 'users' ? search.users(text, question.query) : search.yubls(text, question.query);
    return { id, page: await page };
  } catch (error) {
    const damaged = damageOf(error, path);
    if (damaged !== undefined) return { id, damaged, path };
    return { id, error: error instanceof Error ? error : new Error(String(error)) };
  }
}
