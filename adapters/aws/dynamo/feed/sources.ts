import type { Sequence } from '../../../../events/sequence.ts';
import type { FeedItem } from '../../../../ports/feed-reader.ts';
import { authorOf, behind, entriesOf, feedItemOf, sequenceOfPlace, timelineOf } from './items.ts';
import type { Portions } from './merge.ts';
import type { Item } from '../item.ts';
import type { DynamoTable } from '../dynamo-table.ts';

/** A candidate for a feed: with its text if it comes from its author, without if it is an entry. */
export interface Candidate {
  readonly place: string;
  readonly authorId: string;
  readonly yubl?: FeedItem;
}

export interface Reading {
  readonly table: DynamoTable;
  readonly consistent: boolean;
  /** Places up to and including this one. */
  readonly upTo: string;
}

/** The followed users, and since which sequence. */
export type Following = ReadonlyMap<string, Sequence>;

/** All entries of a user, visible or not. The first portion is requested immediately, concurrently with the user's
 *  follows. */
export function entries(reading: Reading, userId: string, pageSize: number): Portions<Candidate> {
  const { table, consistent, upTo } = reading;

  const pages = table.query({
    ...entriesOf(userId),
    between: [FIRST_PLACE, upTo],
    falling: true,
    pageSize,
    consistent,
  });
  let first: Promise<IteratorResult<Item[], void>> | undefined = pages.next();
  // Reported to the caller that asks for it.
  first.catch(() => undefined);
  return async () => {
    const page = await (first ?? pages.next());
    first = undefined;
    return page.done === true ? undefined : page.value.map((item) => ({ place: item.sk, authorId: authorOf(item) }));
  };
}

/** The yubls of an author, all or those after a sequence. */
export function timeline(
  { table, consistent, upTo }: Reading,
  { authorId, since }: { readonly authorId: string; readonly since?: Sequence },
  pageSize: number,
): Portions<Candidate> {
  const from = since === undefined ? FIRST_PLACE : behind(since);
  if (from > upTo) return async () => undefined;
  const pages = table.query({ ...timelineOf(authorId), between: [from, upTo], falling: true, pageSize, consistent });
  return async () => {
    const page = await pages.next();
    return page.done === true
      ? undefined
      : page.value.map((item) => ({ place: item.sk, authorId, yubl: feedItemOf(item) }));
  };
}

/** Leaves out what the user may not see, and ends where everything older precedes the user's first follow. */
export function onlyFollowed(portions: Portions<Candidate>, following: Following): Portions<Candidate> {
  const oldest = [...following.values()].reduce((min, since) => (since < min ? since : min), '~');
  let ended = false;
  return async () => {
    const portion = ended ? undefined : await portions();
    if (portion === undefined) return undefined;
    const last = portion.at(-1);
    ended = last !== undefined && sequenceOfPlace(last.place) <= oldest;
    return portion.filter(({ authorId, place }) => {
      const since = following.get(authorId);
      return since !== undefined && since < sequenceOfPlace(place);
    });
  };
}

const FIRST_PLACE = '0';
