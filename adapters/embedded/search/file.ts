import { ordinalOf, type Sequence, secondsOf } from '../../../events/sequence.ts';
import { USER_COLUMNS } from '../projection/user-columns.ts';

// The tables of the search projection's file. Ids are kept as the 12 bytes that they spell in hex.
//
//   user        users who have not left. number: the row's id, without any other meaning. names: the user's names with a
//               SEPARATOR before, between and behind them, by code points.
//   name        every name of a user, with the initial '' and with the initials of the user's other names: "jo sm"
//               searches only those named sm… who also have a name with j.
//   gone_user   users who left.
//   yubl        place: see placeOf.
//   yubl_place  the place of a yubl; NULL: deleted, perhaps before it came.
//   furthest    one row: the greatest distance of any yubl from its own place.
//   yubl_words  full text of the yubls by place, without the text. The ascii tokenizer does not change the words: it
//               treats all but ASCII as part of a word, and the words contain no other ASCII than small letters and digits.
export const SEARCH_VERSION = 3;

export const SEARCH_SCHEMA = `
  CREATE TABLE IF NOT EXISTS user (
    number INTEGER PRIMARY KEY, user_id BLOB NOT NULL UNIQUE, names TEXT NOT NULL, ${USER_COLUMNS});
  CREATE TABLE IF NOT EXISTS name (
    initial TEXT NOT NULL, name TEXT NOT NULL, user_id BLOB NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (initial, name, user_id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS gone_user (user_id BLOB PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS yubl (
    place INTEGER PRIMARY KEY, yubl_id BLOB NOT NULL, author_id BLOB NOT NULL, sequence TEXT NOT NULL,
    posted_at TEXT NOT NULL, text TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS yubl_author ON yubl (author_id);
  CREATE TABLE IF NOT EXISTS yubl_place (yubl_id BLOB PRIMARY KEY, place INTEGER) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS furthest (one INTEGER PRIMARY KEY CHECK (one = 1), places INTEGER NOT NULL);
  INSERT OR IGNORE INTO furthest VALUES (1, 0);
  CREATE VIRTUAL TABLE IF NOT EXISTS yubl_words USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
  INSERT INTO yubl_words (yubl_words, rank) VALUES ('hashsize', ${16 * 1024 * 1024});
`;

export const SEPARATOR = '\u001F';

export function initialOf(name: string): string {
  return String.fromCodePoint(name.codePointAt(0) ?? 0);
}

/** By code points, as SQLite compares. */
export function compareNames(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const ORDINALS_EXACT = 2 ** 20;
const ORDINALS_PER_PLACE = 2 ** 12;
const PLACES_PER_SECOND = 2 ** 21;
// Leaves room above the last possible second, so that a yubl that moves to a later place stays a safe integer.
const FIRST_SECOND = 2 ** 20;

/** The place of a yubl in the full text, or before the next free ones behind it if another yubl is there: a number that
 *  grows with the sequence. Ordinals below 2^20 (MongoDB's counters, milliseconds times 1,000) each have their own
 *  place, higher ones share it. */
export function placeOf(sequence: Sequence): number {
  const ordinal = ordinalOf(sequence);
  const withinSecond =
    ordinal < ORDINALS_EXACT ? ordinal : ORDINALS_EXACT + Math.floor((ordinal - ORDINALS_EXACT) / ORDINALS_PER_PLACE);
  return (secondsOf(sequence) - FIRST_SECOND) * PLACES_PER_SECOND + withinSecond;
}
