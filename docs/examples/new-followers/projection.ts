import { tableProjection } from '../../../projections/tables/registered-tables.ts';

export const newFollowers = tableProjection({
  name: 'newfollowers',
  version: 1,
  summary: 'Who follows a user, newest first',
  queries: ['new-followers'],
  source: import.meta.url,
  load: async () => (await import('./tables.ts')).newFollowers,
});
