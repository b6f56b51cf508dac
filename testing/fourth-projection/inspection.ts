import type { Inspection } from '../../apps/embedded/projection.ts';
import { explainUser } from '../../replay/explain-user.ts';
import type { ActivityReader } from './consumer.ts';

// No other system says how active users are.
export const activityInspection: Inspection<ActivityReader> = {
  parity: {
    answersUnknown: true,
    answerOf: (_, { key = '' }) => ({ key, error: 'no other system counts activity' }),
    compare: (reader, past) => ({
      name: 'activity',
      ordered: false,
      lengthMax: 0,
      knows: async (userId) => (await reader.activity(userId)) !== undefined,
      list: async () => [],
      value: async (userId) => (await reader.activity(userId))?.yubls,
      explain: ({ key, there }) => explainUser(past, key, there),
    }),
  },
  async explain({ reader, past }, { words: [userId = ''] }) {
    return { explanations: [await explainUser(past, userId, (await reader.activity(userId)) !== undefined)] };
  },
};
