import { tableProjection } from '../../projections/tables/registered-tables.ts';

export const notifications = tableProjection({
  name: 'notifications',
  version: 1,
  summary: 'Who has followed a user, newest first, and what is read',
  queries: ['notifications'],
  source: import.meta.url,
  load: async () => (await import('./tables.ts')).notifications,
});
