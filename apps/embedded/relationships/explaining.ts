import type { RelationshipReader } from '../../../ports/relationship-reader.ts';
import type { Explanation, Past } from '../../../replay/causes.ts';
import { explainEdge } from '../../../replay/explain-edge.ts';
import { explainUser } from '../../../replay/explain-user.ts';
import { idsAsked } from '../parity/asked-ids.ts';
import type { Explainer } from '../projection.ts';

/** With two users: explains why each follows the other or not. With one: explains that user and the start of both lists. */
export const explainRelationships: Explainer<RelationshipReader>['explain'] = async (build, question) => {
  const { reader, past } = build;
  const [userId, other] = idsAsked('relationships', question.words);
  if (other !== undefined) {
    const there = async (followerId: string, followeeId: string) =>
      (await reader.followingSince(followerId, followeeId)) !== undefined;
    return {
      explanations: [
        await explainFollow(past, [userId, other], { id: other, there: await there(userId, other) }),
        await explainFollow(past, [other, userId], { id: userId, there: await there(other, userId) }),
      ],
    };
  }
  const explanations = [await explainUser(past, userId, (await reader.user(userId)) !== undefined)];
  for (const field of ['followers', 'following'] as const) {
    for (const { userId: id } of (await reader[field](userId, { limit: question.limit })).items) {
      const pair = field === 'followers' ? ([id, userId] as const) : ([userId, id] as const);
      explanations.push(await explainFollow(past, pair, { id, there: true }));
    }
  }
  return { explanations };
};

async function explainFollow(
  past: Past,
  [followerId, followeeId]: readonly [string, string],
  row: Pick<Explanation, 'id' | 'there'>,
): Promise<Explanation> {
  const told = await explainEdge(past, { followerId, followeeId, ...row });
  return { ...told, because: `${followerId} → ${followeeId} ${told.because}` };
}
