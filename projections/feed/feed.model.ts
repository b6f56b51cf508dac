import type { EventEnvelope } from '../../events/envelope.ts';
import type { FeedItem } from '../../ports/feed-reader.ts';

/** Rule 6 restated as plainly as possible: all events, sorted by sequence, scanned for each question. Tests compare the
 *  real projection with it; nothing else uses it. */
export function feedModel(events: readonly EventEnvelope[], feedLength: number) {
  const inOrder = events.toSorted((a, b) => (a.sequence < b.sequence ? -1 : a.sequence > b.sequence ? 1 : 0));
  const left = new Set(events.flatMap((event) => (event.type === 'user-left' ? [event.data.userId] : [])));
  const deleted = new Set(events.flatMap((event) => (event.type === 'yubl-deleted' ? [event.data.yublId] : [])));

  function visibleYubls(): FeedItem[] {
    const posted = inOrder.flatMap((event) =>
      event.type === 'yubl-posted' ? [{ ...event.data, sequence: event.sequence }] : [],
    );
    return posted.filter((yubl) => !deleted.has(yubl.yublId) && !left.has(yubl.authorId)).toSorted(newestFirst);
  }

  /** When the current follow began, if there is one. */
  function followingSince(follower: string, followee: string): string | undefined {
    let since: string | undefined;
    for (const event of inOrder) {
      if (event.type !== 'followed' && event.type !== 'unfollowed') continue;
      if (event.data.followerId !== follower || event.data.followeeId !== followee) continue;
      since = event.type === 'unfollowed' ? undefined : (since ?? event.sequence);
    }
    return since;
  }

  return {
    feed(userId: string): FeedItem[] {
      if (left.has(userId)) return [];
      const seen = visibleYubls().filter((yubl) => {
        const since = followingSince(userId, yubl.authorId);
        return since !== undefined && since < yubl.sequence;
      });
      return seen.slice(0, feedLength);
    },
    yublsOf: (userId: string): FeedItem[] => visibleYubls().filter((yubl) => yubl.authorId === userId),
    yubl: (yublId: string): FeedItem | undefined => visibleYubls().find((yubl) => yubl.yublId === yublId),
  };
}

function newestFirst(a: FeedItem, b: FeedItem): number {
  if (a.sequence !== b.sequence) return a.sequence > b.sequence ? -1 : 1;
  return a.yublId > b.yublId ? -1 : 1;
}
