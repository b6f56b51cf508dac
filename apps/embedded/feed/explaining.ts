import type { FeedReader } from '../../../ports/feed-reader.ts';
import { feedExplainer } from '../../../replay/explain-feed.ts';
import { idsAsked } from '../parity/asked-ids.ts';
import type { Explainer } from '../projection.ts';

/** With a user and a yubl: explains why the yubl is in their feed or not. With a user alone: explains the newest entries. */
export const explainFeed: Explainer<FeedReader>['explain'] = async (build, { words, limit }) => {
  const [userId, yublId] = idsAsked('feed', words);
  const { reader: feeds, past, feedLength } = build;
  const explainer = feedExplainer({ feeds, past, userId, feedLength });
  if (yublId !== undefined) return { explanations: [await explainer.entry(yublId)] };
  const emptiness = await explainer.emptiness();
  if (emptiness !== undefined) return { explanations: [], note: `The feed is empty: ${emptiness}.` };
  return { explanations: await explainer.newest(limit) };
};
