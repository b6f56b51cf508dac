import type { EventEnvelope } from '../events/envelope.ts';
import type { FannedOutYubl, FanOut, FollowerBatch } from '../ports/fan-out.ts';
import type { FeedStore, FollowerPage, FollowersPlace } from '../ports/feed-store.ts';
import { type Stored, whenStored } from '../ports/stored.ts';
import { applyPost } from '../projections/feed/feed.ts';
import type { Consumer, Note } from './runtime/consumer.ts';

export interface DistributeYublOptions {
  /** An author with more followers is not fanned out to them; they pull his yubls when they read. */
  readonly celebrityFollowers: number;
  readonly batchSizeMax: number;
}

/** Hands each new yubl to the feeds of its author's followers, in batches. A yubl that comes again, because the attempt
 *  before failed half-way, is handed to all of them again. */
export function distributeYubl(store: FeedStore, fanOut: FanOut, options: DistributeYublOptions): Consumer {
  const { celebrityFollowers, batchSizeMax } = options;
  function distribute(event: EventEnvelope<'yubl-posted'>): Stored<Note> {
    return whenStored(applyPost(store, event), (yubl) => {
      if (yubl === undefined) return { visible: false };
      return whenStored(store.followerCount(yubl.authorId, celebrityFollowers + 1), (followers) =>
        followers > celebrityFollowers ? pull(yubl) : handOn(yubl),
      );
    });
  }

  function pull({ authorId }: FannedOutYubl): Stored<Note> {
    return whenStored(store.pullAuthor(authorId), () => ({ pulled: true }));
  }

  function handOn(yubl: FannedOutYubl): Stored<Note> {
    return whenStored(store.followersOf(yubl, batchSizeMax), ({ batch, next }) =>
      whenStored(send(yubl, batch), () => {
        const sent = { followers: batch.size, batches: batch.size > 0 ? 1 : 0 };
        return next === undefined ? sent : handOnRest(yubl, next, sent);
      }),
    );
  }

  async function handOnRest(yubl: FannedOutYubl, next: FollowersPlace, sent: Sent): Promise<Note> {
    let { followers, batches } = sent;
    for (let from: FollowersPlace | undefined = next; from !== undefined;) {
      const page: FollowerPage = await store.followersOf(yubl, batchSizeMax, from);
      await send(yubl, page.batch);
      followers += page.batch.size;
      batches += page.batch.size > 0 ? 1 : 0;
      from = page.next;
    }
    return { followers, batches };
  }

  function send(yubl: FannedOutYubl, followers: FollowerBatch): Stored<void> {
    return followers.size > 0 ? fanOut.send({ yubl, followers }) : undefined;
  }

  return { name: 'distribute-yubl', on: { 'yubl-posted': distribute } };
}

interface Sent {
  readonly followers: number;
  readonly batches: number;
}
