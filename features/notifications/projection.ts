import { tableProjection } from '../../apps/projections/table-projection.ts';

export const notifications = tableProjection({
  name: 'notifications',
  version: 1,
  summary: 'Who has followed a user, newest first, and up to where they have read it',
  queries: ['notifications'],
  load: async () => (await import('./tables.ts')).notifications,
});
