import type { ReadOnlyEngine } from '../../engine/engine.ts';
import type { FeedReader } from '../../ports/feed-reader.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import type { RelationshipReader } from '../../ports/relationship-reader.ts';
import type { SearchReader } from '../../ports/search-reader.ts';

/** Their names: what the reader of a data folder cannot do without. */
export const knownProjections: readonly ProjectionName[] = ['feed', 'relationships', 'search'];

/** The readers of Figtree's own projections by name and type. Their definitions open these; the registry treats them as
 *  objects. */
export function knownReaders(
  reader: (name: ProjectionName) => object,
): Pick<ReadOnlyEngine, 'feeds' | 'relationships' | 'search' | 'reader'> {
  return {
    reader,
    feeds: reader('feed') as FeedReader,
    relationships: reader('relationships') as RelationshipReader,
    search: reader('search') as SearchReader,
  };
}
