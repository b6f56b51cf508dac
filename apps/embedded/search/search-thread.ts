import { openSqliteSearchIndexReader } from '../../../adapters/embedded/search/index-reader.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { YublCursor } from '../../../ports/feed-reader.ts';
import type { PageQuery } from '../../../ports/page.ts';
import type { UserHitCursor } from '../../../ports/search-reader.ts';
import { searchReader } from '../../../projections/search/search-queries.ts';
import type { Methods } from '../../threads/channel.ts';
import { joinHost } from '../../threads/joining.ts';
import { damageOf } from '../live/damage.ts';

export interface SearchQuestion<Cursor> {
  readonly text: string;
  readonly query: PageQuery<Cursor>;
}

// A search for common words walks a large part of the index for tens of milliseconds, which would block a server on the same
// thread. Searches therefore have this thread, with its own connection.
const host = joinHost<Methods, { readonly path: string }>();
const { path } = host.input;
const index = openSqliteSearchIndexReader(path);
const search = searchReader(index);

const methods = {
  users: ({ text, query }: SearchQuestion<UserHitCursor>) => namingDamage(search.users(text, query)),
  yubls: ({ text, query }: SearchQuestion<YublCursor>) => namingDamage(search.yubls(text, query)),
  stop: () => index.close(),
};
host.serve(methods);

export type SearchThread = typeof methods;

/** SQLite's error number, by which damage is recognised, does not survive the transfer between threads. */
async function namingDamage<Page>(page: Promise<Page>): Promise<Page> {
  try {
    return await page;
  } catch (error) {
    const damaged = damageOf(error, path);
    throw damaged === undefined ? error : new FigtreeError('DATA_DAMAGED', damaged, { path });
  }
}
