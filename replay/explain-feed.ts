import type { RecordedEvent } from '../events/envelope.ts';
import type { FeedItem, FeedReader } from '../ports/feed-reader.ts';
import { causeOf, happened, type Explanation, type Past } from './causes.ts';
import { edgePast, leaving, notApplied } from './explain-edge.ts';

export interface FeedExplainer {
  /** Why a yubl is in the user's feed, or why not. */
  entry(yublId: string): Promise<Explanation>;
  /** The newest entries of the feed, each with its causes. */
  newest(limit: number): Promise<Explanation[]>;
  /** Why the feed is empty; undefined if it is not. */
  emptiness(): Promise<string | undefined>;
}

export interface FeedExplainerOptions {
  readonly past: Past;
  readonly feeds: Pick<FeedReader, 'feed'>;
  readonly userId: string;
  readonly feedLength: number;
}

/** Rule 6 of ARCHITECTURE.md for one reader, derived from the events. The feed is read once. */
export function feedExplainer({ past, feeds, userId, feedLength }: FeedExplainerOptions): FeedExplainer {
  let reading: Promise<readonly FeedItem[]> | undefined;
  const items = () => (reading ??= feeds.feed(userId, { limit: feedLength }).then((page) => page.items));

  async function entry(yublId: string): Promise<Explanation> {
    const feed = await items();
    const there = feed.some((item) => item.yublId === yublId);
    const verdict = await verdictOf(past, userId, yublId);
    const common = { id: yublId, there, events: verdict.events.map(causeOf) };
    if (!verdict.belongs) {
      return {
        ...common,
        reason: verdict.reason,
        because: `not in the feed: ${verdict.because}`,
        asTheLogSays: !there,
      };
    }
    if (there)
      return { ...common, reason: 'in', because: `in the feed because ${verdict.because}`, asTheLogSays: true };
    const last = feed[feedLength - 1];
    if (last !== undefined && isNewer(last, verdict.posted)) {
      const because = `not in the feed: pushed out by ${feedLength} newer ones; it would be there because ${verdict.because}`;
      return { ...common, reason: 'pushed-out', because, asTheLogSays: true };
    }
    return { ...common, reason: 'not-applied', because: notApplied(verdict.because), asTheLogSays: false };
  }

  return {
    entry,
    async newest(limit) {
      const found: Explanation[] = [];
      for (const { yublId } of (await items()).slice(0, limit)) found.push(await entry(yublId));
      return found;
    },
    async emptiness() {
      if ((await items()).length > 0) return undefined;
      const left = await leaving(past, userId);
      if (left !== undefined) return happened('the user left', left);
      const follows = await past.of(userId, 'followed');
      if (follows.length === 0) return 'the user has never followed anyone';
      return `the user has followed ${new Set(follows.map(({ data }) => data.followeeId)).size}, but none of their yubls belongs in the feed now`;
    },
  };
}

type Verdict =
  | {
      readonly belongs: false;
      readonly reason: string;
      readonly because: string;
      readonly events: readonly RecordedEvent[];
    }
  | {
      readonly belongs: true;
      readonly because: string;
      readonly posted: RecordedEvent<'yubl-posted'>;
      readonly events: readonly RecordedEvent[];
    };

async function verdictOf(past: Past, userId: string, yublId: string): Promise<Verdict> {
  const no = (reason: string, because: string, events: readonly RecordedEvent[]): Verdict => ({
    belongs: false,
    reason,
    because,
    events,
  });
  const [ofYubl, userLeft] = [await past.of(yublId, 'yubl-posted', 'yubl-deleted'), await leaving(past, userId)];
  // If a yubl was posted twice, the first one counts.
  const posted = ofYubl.find((event) => event.type === 'yubl-posted');
  const deleted = ofYubl.find((event) => event.type === 'yubl-deleted');
  if (userLeft) return no('reader-left', happened('the user left', userLeft), [userLeft]);
  if (posted === undefined) return no('never-posted', 'the log contains no such yubl', deleted ? [deleted] : []);
  const { authorId } = posted.data;
  if (deleted !== undefined) return no('deleted', happened('deleted', deleted), [posted, deleted]);
  const authorLeft = await leaving(past, authorId);
  if (authorLeft) return no('author-left', happened('its author left', authorLeft), [posted, authorLeft]);
  if (authorId === userId) return no('own', 'a user’s own yubls are not in their feed', [posted]);
  const { began, ended } = await edgePast(past, userId, authorId);
  if (began === undefined && ended !== undefined) {
    return no('unfollowed', happened(`${authorId} unfollowed`, ended), [posted, ended]);
  }
  if (began === undefined) return no('never-followed', `the user does not follow its author, ${authorId}`, [posted]);
  const times = `${happened('followed', began)} and ${happened('posted', posted)}`;
  if (began.sequence < posted.sequence) return { belongs: true, because: times, posted, events: [began, posted] };
  return no('posted-before-follow', `posted before the follow: ${times}`, [began, posted]);
}

function isNewer(item: FeedItem, { sequence, data }: RecordedEvent<'yubl-posted'>): boolean {
  return item.sequence === sequence ? item.yublId > data.yublId : item.sequence > sequence;
}
