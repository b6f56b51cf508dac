import type { EventEnvelope } from '../events/envelope.ts';
import type { FannedOutYubl, FanOut, FollowerBatch } from '../ports/fan-out.ts';
import type { FeedStore, FollowerPage } from '../ports/feed-store.ts';
import type { Stored } from '../ports/stored.ts';
import { whenStored } from './runtime/when-stored.ts';
import { applyPost } from '../projections/feed/feed.ts';
import type { Consumer, Note } from './runtime/consumer.ts';

export interface DistributeYublOptions {
  /** Authors with more followers have no fan-out; their followers pull their yubls when they read. */
  readonly celebrityFollowers: number;
  readonly batchSizeMax: number;
}

const BATCHES_AT_ONCE = 10;

/** Sends each new yubl to the feeds of its author's followers, in batches. If an attempt failed half-way, the next one
 *  sends all batches again. */
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
    return whenStored(store.followersOf(yubl, batchSizeMax), (first) => {
      if (first.next !== undefined) return handOnAll(yubl, first);
      return whenStored(send(yubl, first.batch), () => ({
        followers: first.batch.size,
        batches: first.batch.size > 0 ? 1 : 0,
      }));
    });
  }

  async function handOnAll(yubl: FannedOutYubl, first: FollowerPage): Promise<Note> {
    const sent = { followers: 0, batches: 0 };
    const waiting = [first.batch];
    for (let from = first.next; from !== undefined;) {
      if (waiting.length === BATCHES_AT_ONCE) await sendTogether(yubl, waiting.splice(0), sent);
      const { batch, next }: FollowerPage = await store.followersOf(yubl, batchSizeMax, from);
      waiting.push(batch);
      from = next;
    }
    await sendTogether(yubl, waiting, sent);
    return sent;
  }

  /** Starts all sends in one turn of the event loop, so that a fan-out that leaves the process can combine them into
   *  one request. Waits for all of them, so that no part of a failed delivery is still running when the next one
   *  begins. */
  async function sendTogether(yubl: FannedOutYubl, batches: readonly FollowerBatch[], sent: Sent): Promise<void> {
    const results = await Promise.allSettled(batches.map(async (batch) => send(yubl, batch)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    for (const { size } of batches) {
      sent.followers += size;
      sent.batches += size > 0 ? 1 : 0;
    }
  }

  function send(yubl: FannedOutYubl, followers: FollowerBatch): Stored<void> {
    return followers.size > 0 ? fanOut.send({ yubl, followers }) : undefined;
  }

  return { name: 'distribute-yubl', on: { 'yubl-posted': distribute } };
}

interface Sent {
  followers: number;
  batches: number;
}
