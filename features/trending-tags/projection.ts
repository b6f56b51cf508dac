import { tableProjection } from '../../apps/projections/table-projection.ts';

export const trendingTags = tableProjection({
  name: 'trendingtags',
  version: 1,
  summary: 'The hashtags of each day, most used first',
  queries: ['trending'],
  load: async () => (await import('./tables.ts')).trendingTags,
});
