import { idOf, insertedDocuments, keyOf } from './change-lines.ts';

/** The expected results of a file of inserts, computed naively, for comparison with what is measured. */
export interface NaiveFeeds {
  readonly changes: number;
  readonly users: number;
  readonly yubls: number;
  /** Entries that the fan-out makes, before feeds are cut to their length. */
  readonly entries: number;
  /** Ids of the yubls, newest first, in the feeds of every `everyUser`-th user. */
  readonly feeds: ReadonlyMap<string, readonly string[]>;
}

/** Only for files without unfollows, deletions and duplicates, in the order of their sequence. */
export async function naiveFeeds(path: string, { everyUser, length = 800 }: NaiveOptions): Promise<NaiveFeeds> {
  const followers = new Map<string, number>();
  const watching = new Map<string, string[]>();
  const feeds = new Map<string, string[]>();
  const counts = { changes: 0, users: 0, yubls: 0, entries: 0 };
  for await (const document of insertedDocuments(path)) {
    const { ns, fullDocument } = document;
    counts.changes += 1;
    if (ns.coll === 'users') {
      if (counts.users % everyUser === 0) feeds.set(keyOf(document), []);
      counts.users += 1;
    } else if (ns.coll === 'relationships') {
      const followee = idOf(fullDocument.followee);
      followers.set(followee, (followers.get(followee) ?? 0) + 1);
      const watched = feeds.has(idOf(fullDocument.follower));
      if (watched) watching.set(followee, [...(watching.get(followee) ?? []), idOf(fullDocument.follower)]);
    } else {
      const author = idOf(fullDocument.userId);
      counts.yubls += 1;
      counts.entries += followers.get(author) ?? 0;
      for (const reader of watching.get(author) ?? []) feeds.get(reader)?.push(keyOf(document));
    }
  }
  const newest = [...feeds].map(([user, yubls]) => [user, yubls.slice(-length).toReversed()] as const);
  return { ...counts, feeds: new Map(newest) };
}

export interface NaiveOptions {
  readonly everyUser: number;
  /** Most entries that a feed shows. */
  readonly length?: number;
}
