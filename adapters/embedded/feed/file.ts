import type { Sequence } from '../../../events/sequence.ts';
import type { FeedItem } from '../../../ports/feed-reader.ts';

// The tables of the feed projection's file.
//
//   user        all users that any event named: text ids become small numbers here and nowhere else.
//               floor: the user's chunks hold every yubl above this sequence that the user may see (and that is not
//               pulled); readers take the others from the authors. NULL: the chunks hold everything.
//               pulled: some of the user's yubls are in no feed, so readers take all of them from the user.
//   edge        who follows whom. since: sequence of the follow that began the current follow; NULL if there is none,
//               or if one of the two left. follows: all sequences of the FollowEdge, joined by commas.
//   yubl        item: the FeedItem as JSON text, so that a feed is read without parsing and serializing. Its yubl id
//               comes first and its sequence last (itemText), both of fixed width.
//               hidden: deleted, or its author left, permanently; then item is NULL. author NULL: a deletion that
//               came before its yubl.
//   hiding      the numbers of yubls that became hidden, in order: readers cache texts and look here for those to drop
//               (yubl-texts.ts).
//   feed_chunk  packed entries (entries.ts): place = user * CHUNKS_PER_USER + number of the chunk, counting up; all
//               chunks of a user but the last hold CHUNK_ENTRIES, oldest first.
//   feed_total  one row: number of entries ever made, before feeds were cut to their length.
export const FEED_VERSION = 3;

export const FEED_SCHEMA = `
  CREATE TABLE IF NOT EXISTS user (
    number INTEGER PRIMARY KEY, user_id TEXT NOT NULL UNIQUE, gone INTEGER NOT NULL DEFAULT 0,
    pulled INTEGER NOT NULL DEFAULT 0, yubls INTEGER NOT NULL DEFAULT 0, floor TEXT);
  CREATE INDEX IF NOT EXISTS user_pulled ON user (number) WHERE pulled = 1;
  CREATE TABLE IF NOT EXISTS edge (
    followee INTEGER NOT NULL, follower INTEGER NOT NULL, since TEXT, follows TEXT NOT NULL, unfollowed TEXT,
    PRIMARY KEY (followee, follower)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS edge_follower ON edge (follower);
  CREATE TABLE IF NOT EXISTS yubl (
    number INTEGER PRIMARY KEY, yubl_id TEXT NOT NULL UNIQUE, author INTEGER, sequence TEXT, hidden INTEGER NOT NULL,
    item TEXT);
  CREATE INDEX IF NOT EXISTS yubl_author ON yubl (author, sequence);
  CREATE TABLE IF NOT EXISTS hiding (place INTEGER PRIMARY KEY, yubl INTEGER NOT NULL);
  CREATE TRIGGER IF NOT EXISTS yubl_hidden AFTER UPDATE OF hidden ON yubl WHEN NEW.hidden = 1
    BEGIN INSERT INTO hiding (yubl) VALUES (NEW.number); END;
  CREATE TABLE IF NOT EXISTS feed_chunk (place INTEGER PRIMARY KEY, entries BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS feed_total (one INTEGER PRIMARY KEY CHECK (one = 1), entries INTEGER NOT NULL);
  INSERT OR IGNORE INTO feed_total VALUES (1, 0);
`;

/** 960 bytes: eight chunks fill a page of 8 KiB. */
export const CHUNK_ENTRIES = 80;
export const CHUNKS_PER_USER = 2 ** 20;

export const firstPlaceOf = (userNumber: number) => userNumber * CHUNKS_PER_USER;

export function itemText({ yublId, authorId, text, postedAt, sequence }: FeedItem): string {
  // Concatenated by hand, because ids and sequences are only hex and digits, and this runs for every yubl.
  return `{"yublId":"${yublId}","authorId":"${authorId}","text":${JSON.stringify(text)},"postedAt":${JSON.stringify(postedAt)},"sequence":"${sequence}"}`;
}

const ID_FROM = '{"yublId":"'.length;
const ID_TO = ID_FROM + 24;
const SEQUENCE_FROM = -'"}'.length - 20;

export const yublIdOfItem = (item: string): string => item.slice(ID_FROM, ID_TO);
export const sequenceOfItem = (item: string): Sequence => item.slice(SEQUENCE_FROM, -'"}'.length);
