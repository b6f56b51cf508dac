import type { RelationshipReader } from '../../../ports/relationship-reader.ts';
import { cursors, pageDocument } from '../cursor.ts';
import type { ProjectionAnswers } from '../projection-api.ts';

export const relationshipsAnswers: ProjectionAnswers<RelationshipReader> = {
  async user(reader, { key }) {
    const user = await reader.user(key);
    if (user === undefined) return undefined;
    // As over HTTP, but without the count of yubls, which is in the feed's file and may be at another position.
    const { followers, following, ...rest } = user;
    return { ...rest, counts: { followers, following } };
  },
  followers: async (reader, { key, limit }) => pageDocument(await reader.followers(key, { limit }), cursors.followers),
  following: async (reader, { key, limit }) => pageDocument(await reader.following(key, { limit }), cursors.following),
};
