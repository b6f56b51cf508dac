import { RELATIONSHIP_VERSION } from '../../adapters/embedded/relationships/file.ts';
import { defineProjection } from './definition.ts';

export const relationships = defineProjection({
  name: 'relationships',
  summary: 'Users by ID, who follows whom, and the most followed users',
  embedded: {
    version: RELATIONSHIP_VERSION,
    load: async () => (await import('../embedded/relationships/projection.ts')).embeddedRelationships,
  },
  parity: async () => (await import('../parity/relationships.ts')).relationshipsParity,
  aws: { load: async () => (await import('../aws/projections/relationships.ts')).awsRelationships },
  api: {
    questions: ['user', 'followers', 'following'],
    answers: async () => (await import('../server/answers/relationships.ts')).relationshipsAnswers,
    routes: async () => (await import('../server/routes/user-routes.ts')).addUserRoutes,
  },
});
