import type { Sequence } from '../events/sequence.ts';

/** What is known of one user's following another, in a form that does not depend on the order of arrival: the newest
 *  unfollow, and every follow that is newer than it (more than one only if the source repeats itself). */
export interface FollowEdge {
  readonly followerId: string;
  readonly followeeId: string;
  /** Oldest first. The first is the beginning of the current follow; empty if the user does not follow. */
  readonly follows: readonly { readonly sequence: Sequence; readonly followedAt: string }[];
  readonly unfollowed?: Sequence;
}
