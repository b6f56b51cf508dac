import type { Explainer } from '../../apps/embedded/projection.ts';
import { explainUser } from '../../replay/explain-user.ts';
import type { ActivityReader } from './consumer.ts';

export const explainActivity: Explainer<ActivityReader>['explain'] = async (
  { reader, past },
  { words: [userId = ''] },
) => ({
  explanations: [await explainUser(past, userId, (await reader.activity(userId)) !== undefined)],
});
