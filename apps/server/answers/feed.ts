import type { FeedReader } from '../../../ports/feed-reader.ts';
import { cursors, pageDocument } from '../cursor.ts';
import type { ProjectionAnswers } from '../projection-api.ts';

export const feedAnswers: ProjectionAnswers<FeedReader> = {
  feed: async (feeds, { key, limit }) => pageDocument(await feeds.feed(key, { limit }), cursors.feed),
  yubl: (feeds, { key }) => feeds.yubl(key),
};
