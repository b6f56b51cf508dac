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

// A search for common words walks a large part of the index, tens of milliseconds in which a server on the same thread
// would answer nobody. So searches have this thread, with a connection of its own.
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

/** SQLite's own number of the error, by which it is recognised, does not survive the way from thread to thread. */
async function namingDamage<Page>(page: Promise<Page>): Promise<Page> {
  try {
    return await page;
  } catch (error) {
    const damaged = damageOf(error, path);
    throw damaged === undefined ? error : new FigtreeError('DATA_DAMAGED', damaged, { path });
  }
}
