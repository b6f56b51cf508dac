import { tableProjection } from '../../projections/tables/registered-tables.ts';

export const trendingTags = tableProjection({
  name: 'trendingtags',
  version: 1,
  summary: 'The hashtags of each day, most used first',
  queries: ['trending'],
  source: import.meta.url,
  load: async () => (await import('./tables.ts')).trendingTags,
});
