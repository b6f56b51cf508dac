import { tableProjection } from '../../projections/tables/registered-tables.ts';

export const welcomeMail = tableProjection({
  name: 'welcomemail',
  version: 1,
  summary: 'Who has been welcomed by a mail',
  queries: [],
  source: import.meta.url,
  load: async () => (await import('./tables.ts')).welcomeMail,
});
