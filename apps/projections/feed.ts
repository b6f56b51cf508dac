import { FEED_VERSION } from '../../adapters/embedded/feed/file.ts';
import { defineProjection } from './definition.ts';

export const feed = defineProjection({
  name: 'feed',
  summary: "Each user's feed: the newest yubls of the users they follow",
  embedded: {
    version: FEED_VERSION,
    load: async () => (await import('../embedded/feed/projection.ts')).embeddedFeed,
  },
  parity: async () => (await import('../parity/feed.ts')).feedParity,
  aws: { load: async () => (await import('../aws/projections/feed.ts')).awsFeed },
  api: {
    questions: ['feed', 'yubl'],
    answers: async () => (await import('../server/answers/feed.ts')).feedAnswers,
    routes: async () => (await import('../server/routes/feed-routes.ts')).addFeedApi,
  },
});
