import type { FeedReader } from '../../../ports/feed-reader.ts';
import { cursors, pageDocument } from '../cursor.ts';
import type { ProjectionAnswers } from '../projection-api.ts';

export const feedAnswers: ProjectionAnswers<FeedReader> = {
  async answer(feeds, { what, key, limit }) {
    if (what === 'yubl') return feeds.yubl(key);
    return pageDocument(await feeds.feed(key, { limit }), cursors.feed);
  },
};
