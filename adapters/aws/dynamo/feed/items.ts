import type { Sequence } from '../../../../events/sequence.ts';
import type { FeedItem, YublCursor } from '../../../../ports/feed-reader.ts';
import type { Item, ItemKey } from '../item.ts';

// The items of the feed table, by partition and sort key. Attributes have names of one letter where there is an item for
// every follow or for every entry.
//
//   U#user    @             { gone?, yubls }       the user: whether they left, and how many yubls `yublsOf` lists
//   U#user    G#followee    { s?, f?, u?, v }      the edge, which is authoritative: s = sequence of the follow that began
//                                                  the current one; f = those after it; u = newest unfollow; v = number of
//                                                  writes
//   F#author  follower      { s, v }               copy of an edge that has `s`, for the fan-out
//   T#author  place         { text, postedAt }     the timeline: exactly the visible yubls
//   Y#yubl    Y             { a, s } or { gone }   the yubl's place in a timeline; or a mark that it was deleted
//   E#user    place         { a }                  an entry: a yubl by `a` that the user may be allowed to see
//   PULLED    number        { a }                  pulled authors, in the order in which they were added
//
// A place is the yubl's sequence and then its id, so that places sort like a feed.
//
// Invariants once every event has been handled, whatever was repeated, interrupted or overtaken meanwhile:
//   1. T# holds a yubl if and only if it was posted, was not deleted, and its author has not left.
//   2. The edge is the fold of the pair's events; if one of the pair has left there is no edge with `s`, and no copy.
//   3. An edge with `s` has its copy; a copy without such an edge costs writes and shows nothing.
//   4. For an author who is not in PULLED, E# holds every yubl of T# that came after `s`. Other entries show nothing,
//      because readers check the edge and the timeline.

export const authorOf = (item: Item): string => item['a'] as string;

export const userKey = (userId: string): ItemKey => ({ pk: `U#${userId}`, sk: USER });
export const edgeKey = (follower: string, followee: string): ItemKey => ({ pk: `U#${follower}`, sk: `G#${followee}` });
export const copyKey = (follower: string, followee: string): ItemKey => ({ pk: `F#${followee}`, sk: follower });
export const pointerKey = (yublId: string): ItemKey => ({ pk: `Y#${yublId}`, sk: 'Y' });
export const timelineKey = (authorId: string, place: string): ItemKey => ({ pk: `T#${authorId}`, sk: place });
export const entryKey = (userId: string, place: string): ItemKey => ({ pk: `E#${userId}`, sk: place });

export const followsOf = (userId: string) => ({ pk: `U#${userId}`, begins: 'G#' });
/** The user's own item and all their edges, in one query. */
export const userAndFollows = (userId: string) => ({ pk: `U#${userId}`, between: [USER, 'G~'] as const });
export const followersOf = (authorId: string) => ({ pk: `F#${authorId}` });
export const timelineOf = (authorId: string) => ({ pk: `T#${authorId}` });
export const entriesOf = (userId: string) => ({ pk: `E#${userId}` });

const USER = '@';

export const followeeOf = ({ sk }: ItemKey): string => sk.slice('G#'.length);

export function placeOf({ sequence, yublId }: YublCursor): string {
  return sequence + yublId;
}

/** Above every place with this sequence, below every place with a later one. */
export function behind(sequence: Sequence): string {
  return `${sequence}~`;
}

/** Above every place. */
export const NEWEST_PLACE = '~';

const SEQUENCE_LENGTH = 20;

export const sequenceOfPlace = (place: string): Sequence => place.slice(0, SEQUENCE_LENGTH);
export const yublIdOfPlace = (place: string): string => place.slice(SEQUENCE_LENGTH);

export function timelineItem(yubl: FeedItem): Item {
  return { ...timelineKey(yubl.authorId, placeOf(yubl)), text: yubl.text, postedAt: yubl.postedAt };
}

export function feedItemOf({ pk, sk, text, postedAt }: Item): FeedItem {
  return {
    yublId: yublIdOfPlace(sk),
    authorId: pk.slice('T#'.length),
    text: text as string,
    postedAt: postedAt as string,
    sequence: sequenceOfPlace(sk),
  };
}
