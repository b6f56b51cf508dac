import { defineProjection } from '../../apps/projections/definition.ts';
import { ACTIVITY_VERSION } from './version.ts';

/** A projection as a team would add it: everything about it lies in this folder. */
export const activity = defineProjection({
  name: 'activity',
  summary: 'How much each user posts',
  embedded: {
    version: ACTIVITY_VERSION,
    load: async () => (await import('./embedded.ts')).embeddedActivity,
  },
  aws: { load: async () => (await import('./aws.ts')).awsActivity },
  api: {
    questions: ['activity'],
    answers: async () => (await import('./answers.ts')).activityAnswers,
    routes: async () => (await import('./routes.ts')).addActivityRoutes,
  },
});
