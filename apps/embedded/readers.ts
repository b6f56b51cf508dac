import type { DataFolder } from '../../adapters/embedded/data-folder.ts';
import { openProjectionProgress, type ProjectionProgressReader } from '../../adapters/embedded/projection-progress.ts';
import { openSqliteFeedReader } from '../../adapters/embedded/sqlite-feed-reader.ts';
import { openSqliteRelationshipReader } from '../../adapters/embedded/sqlite-relationship-reader.ts';
import type { FeedReader } from '../../ports/feed-reader.ts';
import type { ParkedReader } from '../../ports/parking-lot.ts';
import { type ProjectionName, projectionNames } from '../../ports/progress.ts';
import type { RelationshipReader } from '../../ports/relationship-reader.ts';

/** The reading side of the projections that answer at once, over read-only connections. */
export interface Readers {
  readonly feeds: FeedReader;
  readonly relationships: RelationshipReader;
  /** In the order of `projectionNames`. */
  readonly progress: readonly ProjectionProgressReader[];
  lots(): Readonly<Record<ProjectionName, ParkedReader>>;
  close(): void;
}

/** `position` is the feed's checkpoint, if its writer is in this process. */
export function openReaders(folder: DataFolder, feedLength: number, position?: () => number): Readers {
  const path = folder.projection('feed');
  const feeds = openSqliteFeedReader({ path, feedLength, ...(position !== undefined && { position }) });
  const relationships = openSqliteRelationshipReader(folder.projection('relationships'));
  const progress = projectionNames.map((name) => openProjectionProgress(folder.projection(name)));
  return {
    feeds,
    relationships,
    progress,
    lots: () =>
      Object.fromEntries(projectionNames.map((name, index) => [name, progress[index]?.parkedReader()])) as Record<
        ProjectionName,
        ParkedReader
      >,
    close() {
      for (const reader of [feeds, relationships, ...progress]) reader.close();
    },
  };
}
