import type { ProjectionAnswers } from '../../apps/server/projection-api.ts';
import type { ActivityReader } from './consumer.ts';

export const activityAnswers: ProjectionAnswers<ActivityReader> = {
  activity: (reader, { key }) => reader.activity(key),
};
