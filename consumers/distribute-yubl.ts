import type { RecordedEvent } from '../events/envelope.ts';
import type { FanOut } from '../ports/fan-out.ts';
import type { FeedStore, FollowersPlace } from '../ports/feed-store.ts';
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
  async function distribute(event: RecordedEvent<'yubl-posted'>): Promise<Note> {
    // To wait for what is there already would cost more than all else that is done here, and there are many yubls.
    const posted = applyPost(store, event);
    const yubl = posted instanceof Promise ? await posted : posted;
    if (yubl === undefined) return { visible: false };
    const counted = store.followerCount(yubl.authorId, celebrityFollowers + 1);
    if ((counted instanceof Promise ? await counted : counted) > celebrityFollowers) {
      await store.pullAuthor(yubl.authorId);
      return { pulled: true };
    }
    let followers = 0;
    let batches = 0;
    let from: FollowersPlace | undefined;
    do {
      const page = store.followersOf(yubl, batchSizeMax, from);
      const { batch, next } = page instanceof Promise ? await page : page;
      if (batch.size > 0) await fanOut.send({ yubl, followers: batch });
      followers += batch.size;
      batches += batch.size > 0 ? 1 : 0;
      from = next;
    } while (from !== undefined);
    return { followers, batches };
  }
  return { name: 'distribute-yubl', on: { 'yubl-posted': distribute } };
}
