import type { FeedReader } from '../../../ports/feed-reader.ts';
import type { RelationshipReader } from '../../../ports/relationship-reader.ts';
import type { SearchReader } from '../../../ports/search-reader.ts';
import type { TableReader } from '../../../projections/tables/queries.ts';

// Readers of the live version of a projection, looked up for each query. Cursors are places in the order of sequences,
// so they stay valid across versions.

export function liveFeedReader(live: () => Promise<FeedReader>): FeedReader {
  return asking(live, ['feed', 'feedText', 'yubl', 'yublsOf', 'yublCount']);
}

export function liveRelationshipReader(live: () => Promise<RelationshipReader>): RelationshipReader {
  return asking(live, ['user', 'followers', 'following', 'followingSince', 'mostFollowed', 'totals']);
}

export function liveSearchReader(live: () => Promise<SearchReader>): SearchReader {
  return asking(live, ['users', 'yubls']);
}

export function liveTableReader(live: () => Promise<TableReader>): TableReader {
  return asking(live, ['ask', 'row']);
}

type Question = (...asked: readonly unknown[]) => Promise<unknown>;

function asking<Reader extends object>(live: () => Promise<Reader>, names: readonly (keyof Reader)[]): Reader {
  const ask = (name: keyof Reader): Question => {
    return async (...asked) => ((await live())[name] as Question)(...asked);
  };
  return Object.fromEntries(names.map((name) => [name, ask(name)])) as Reader;
}
