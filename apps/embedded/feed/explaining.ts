import type { FeedReader } from '../../../ports/feed-reader.ts';
import { feedExplainer } from '../../../replay/explain-feed.ts';
import { idsAsked } from '../parity/asked-ids.ts';
import type { Explainer } from '../projection.ts';

/** Asked with a user and perhaps a yubl: why it is in their feed, or is not; the newest entries otherwise. */
export const explainFeed: Explainer<FeedReader>['explain'] = async (build, { words, limit }) => {
  const [userId, yublId] = idsAsked('feed', words);
  const { reader: feeds, past, feedLength } = build;
  const explainer = feedExplainer({ feeds, past, userId, feedLength });
  if (yublId !== undefined) return { explanations: [await explainer.entry(yublId)] };
  const emptiness = await explainer.emptiness();
  if (emptiness !== undefined) return { explanations: [], note: `The feed is empty: ${emptiness}.` };
  return { explanations: await explainer.newest(limit) };
};
