import { tableProjection } from '../../../apps/projections/table-projection.ts';

export const newFollowers = tableProjection({
  name: 'newfollowers',
  version: 1,
  summary: 'Who follows a user, newest first',
  queries: ['new-followers'],
  load: async () => (await import('./tables.ts')).newFollowers,
});
