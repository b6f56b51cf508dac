import type { EventData } from '../events/catalog.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import type { FollowEdge } from '../ports/follow-edge.ts';

/** Returns the edge after one more event, the same object if that changes nothing. The result is the same for the same
 *  events in any order: following twice is following once, since the first time; a re-follow starts anew. */
export function foldFollowEdge(
  before: FollowEdge | undefined,
  event: EventEnvelope<'followed' | 'unfollowed'>,
): FollowEdge {
  const edge = before ?? emptyEdge(event.data);
  const { sequence } = event;
  if (edge.unfollowed !== undefined && sequence <= edge.unfollowed) return edge;
  if (event.type === 'unfollowed') {
    return { ...edge, unfollowed: sequence, follows: edge.follows.filter((follow) => follow.sequence > sequence) };
  }
  if (edge.follows.some((follow) => follow.sequence === sequence)) return edge;
  const follows = [...edge.follows, { sequence, followedAt: event.data.followedAt }].toSorted((a, b) =>
    a.sequence < b.sequence ? -1 : 1,
  );
  // The oldest tells since when, the newest that the follow continues; some in between may be dropped.
  if (follows.length > FOLLOWS_MAX) follows.splice(-2, 1);
  return { ...edge, follows };
}

/** More follows of one pair without an unfollow between them are a fault of the source. If an unfollow that belongs
 *  between them arrives late, the follow remains, and may seem to have begun later than it did. */
const FOLLOWS_MAX = 50;

function emptyEdge({ followerId, followeeId }: EventData<'followed' | 'unfollowed'>): FollowEdge {
  return { followerId, followeeId, follows: [] };
}
