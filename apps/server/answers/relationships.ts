import type { RelationshipReader } from '../../../ports/relationship-reader.ts';
import { cursors, pageDocument } from '../cursor.ts';
import type { ProjectionAnswers } from '../projection-api.ts';

export const relationshipsAnswers: ProjectionAnswers<RelationshipReader> = {
  async answer(reader, { what, key, limit }) {
    if (what === 'followers') return pageDocument(await reader.followers(key, { limit }), cursors.followers);
    if (what === 'following') return pageDocument(await reader.following(key, { limit }), cursors.following);
    const user = await reader.user(key);
    if (user === undefined) return undefined;
    // As over HTTP, but for the count of yubls: the feed's file has that, which may stand elsewhere.
    const { followers, following, ...rest } = user;
    return { ...rest, counts: { followers, following } };
  },
};
