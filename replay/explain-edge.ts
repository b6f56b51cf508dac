import type { RecordedEvent } from '../events/envelope.ts';
import type { FollowEdge } from '../ports/follow-edge.ts';
import { foldFollowEdge } from '../projections/follow-edge.ts';
import { causeOf, happened, type Explanation, type Past } from './causes.ts';

type FollowEvent = RecordedEvent<'followed' | 'unfollowed'>;

/** The events of one user's following another. */
export interface EdgePast {
  /** The beginning of the current follow. Absent if there is none. */
  readonly began?: RecordedEvent<'followed'>;
  /** The newest unfollow by sequence. */
  readonly ended?: RecordedEvent<'unfollowed'>;
  /** Every follow and unfollow of the pair. */
  readonly events: readonly FollowEvent[];
}

/** Uses the fold of the projections, so that the rule which follow counts is defined once. */
export async function edgePast(past: Past, followerId: string, followeeId: string): Promise<EdgePast> {
  const all = await past.of(followerId, 'followed', 'unfollowed');
  const events = all.filter(({ data }) => data.followeeId === followeeId);
  let edge: FollowEdge | undefined;
  for (const event of events) edge = foldFollowEdge(edge, event);
  const since = edge?.follows[0]?.sequence;
  const began = events.find(({ type, sequence }) => type === 'followed' && sequence === since);
  const ended = events.find(({ type, sequence }) => type === 'unfollowed' && sequence === edge?.unfollowed);
  return {
    ...(began?.type === 'followed' && { began }),
    ...(ended?.type === 'unfollowed' && { ended }),
    events,
  };
}

export async function leaving(past: Past, userId: string): Promise<RecordedEvent<'user-left'> | undefined> {
  return (await past.of(userId, 'user-left'))[0];
}

interface Pair {
  readonly followerId: string;
  readonly followeeId: string;
  /** The user of the pair whose row is explained. */
  readonly id: string;
  readonly there: boolean;
}

/** Why one user follows another, or does not. */
export async function explainEdge(past: Past, { followerId, followeeId, id, there }: Pair): Promise<Explanation> {
  const { began, ended, events } = await edgePast(past, followerId, followeeId);
  const [followerLeft, followeeLeft] = [await leaving(past, followerId), await leaving(past, followeeId)];
  const absent = (reason: string, because: string, causes: readonly RecordedEvent[]): Explanation => ({
    id,
    there,
    reason,
    because: `does not follow: ${because}`,
    asTheLogSays: !there,
    events: causes.map(causeOf),
  });
  if (followerId === followeeId) return absent('same-user', 'users cannot follow themselves', []);
  if (followerLeft) return absent('follower-left', happened('the follower left', followerLeft), [followerLeft]);
  if (followeeLeft) return absent('followee-left', happened('the followee left', followeeLeft), [followeeLeft]);
  if (began === undefined && ended !== undefined) return absent('unfollowed', happened('unfollowed', ended), events);
  if (began === undefined) return absent('never-followed', 'no follow between the two was recorded', []);
  return {
    id,
    there,
    reason: there ? 'follows' : 'not-applied',
    because: there ? `follows: ${happened('followed', began)}` : notApplied(happened('followed', began)),
    asTheLogSays: there,
    events: [began, ...events.filter((event) => event !== began)].map(causeOf),
  };
}

/** The log has the events that make the row, and the projection does not have the row. */
export function notApplied(why: string): string {
  return `should be there (${why}) but is not: its events are parked, or the projection is wrong`;
}
