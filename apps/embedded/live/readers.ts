import {
  openProjectionProgress,
  type ProjectionProgressReader,
} from '../../../adapters/embedded/projection/progress.ts';
import { openSqliteFeedReader } from '../../../adapters/embedded/feed/reader.ts';
import { openSqliteRelationshipReader } from '../../../adapters/embedded/relationships/reader.ts';
import type { FeedReader } from '../../../ports/feed-reader.ts';
import type { ParkedReader } from '../../../ports/parking-lot.ts';
import { type ProjectionName, projectionNames } from '../../../ports/progress.ts';
import type { RelationshipReader } from '../../../ports/relationship-reader.ts';

/** The reading side of the projections that answer at once, over read-only connections. */
export interface Readers {
  readonly feeds: FeedReader;
  readonly relationships: RelationshipReader;
  /** In the order of `projectionNames`. */
  readonly progress: readonly ProjectionProgressReader[];
  lots(): Readonly<Record<ProjectionName, ParkedReader>>;
  close(): void;
}

/** `paths` are the files of one moment. */
export function openReaders(paths: Readonly<Record<ProjectionName, string>>, feedLength: number): Readers {
  const feeds = openSqliteFeedReader({ path: paths.feed, feedLength });
  const relationships = openSqliteRelationshipReader(paths.relationships);
  const progress = projectionNames.map((name) => openProjectionProgress(paths[name]));
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
