import { ordinalOf, secondsOf, sequenceOf } from '../../../events/sequence.ts';
import type { FollowEdge } from '../../../ports/follow-edge.ts';
import type { FollowPair } from '../../../ports/relationship-store.ts';

/** The columns of a FollowEdge. */
export interface EdgeRow {
  readonly seconds: number | null;
  readonly ordinal: number | null;
  readonly since: string | null;
  readonly later: string | null;
  readonly unfollowed: string | null;
}

/** 1 if the edge counts as a current follow, otherwise 0. */
export const listed = (edge: FollowEdge | undefined) => (edge === undefined || edge.follows.length === 0 ? 0 : 1);

/** In the order of the table's columns, without the two users. */
export function edgeValues({ follows: [first, ...later], unfollowed }: FollowEdge): (string | number | null)[] {
  const laterText = later.length === 0 ? null : JSON.stringify(later);
  if (first === undefined) return [null, null, null, null, unfollowed ?? null];
  const { sequence, followedAt } = first;
  return [secondsOf(sequence), ordinalOf(sequence), followedAt, laterText, unfollowed ?? null];
}

export function edgeOf(pair: FollowPair, { seconds, ordinal, since, later, unfollowed }: EdgeRow): FollowEdge {
  const first =
    seconds === null || ordinal === null || since === null
      ? []
      : [{ sequence: sequenceOf(seconds, ordinal), followedAt: since }];
  const further = later === null ? [] : (JSON.parse(later) as FollowEdge['follows']);
  return {
    followerId: pair.followerId,
    followeeId: pair.followeeId,
    follows: [...first, ...further],
    ...(unfollowed !== null && { unfollowed }),
  };
}
