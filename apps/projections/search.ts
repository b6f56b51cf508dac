import { SEARCH_VERSION } from '../../adapters/embedded/search/file.ts';
import { defineProjection } from './definition.ts';

export const search = defineProjection({
  name: 'search',
  summary: 'Users by the beginnings of their names, yubls by their words',
  embedded: {
    version: SEARCH_VERSION,
    // As much work as the two others together.
    buildsAlone: true,
    load: async () => (await import('../embedded/search/projection.ts')).embeddedSearch,
  },
  parity: async () => (await import('../parity/search.ts')).searchParity,
  aws: { load: async () => (await import('../aws/projections/search.ts')).awsSearch },
  api: {
    questions: ['search-users', 'search-yubls'],
    answers: async () => (await import('../server/answers/search.ts')).searchAnswers,
    routes: async () => (await import('../server/routes/search-routes.ts')).addSearchRoutes,
  },
});
