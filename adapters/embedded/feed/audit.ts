import type { AuditedFile } from '../projection/audit.ts';
import { ENTRY_NUMBERS, fromBytes, joinEntries, sequenceAt } from './entries.ts';
import { CHUNK_ENTRIES, CHUNKS_PER_USER, firstPlaceOf } from './file.ts';

// Number of users whose feeds are compared with their follows.
const LOOKED_INTO = 40;

/** Checks rule 6 as far as a file can show it: the entries of all feeds are sorted and unique; the feeds of some users
 *  are compared with the yubls of those whom they follow. Counts are the lengths of lists. */
export function auditFeed(file: AuditedFile): Readonly<Record<string, number>> {
  const { count, expectNone, digest } = file;
  const entries = file.thorough ? auditChunks(file) : 0;
  expectNone(
    `SELECT count(*) FROM user LEFT JOIN (
       SELECT author, count(*) AS visible FROM yubl WHERE hidden = 0 GROUP BY +author) lists ON author = number
     WHERE yubls != coalesce(visible, 0)`,
    'users whose count of yubls does not match their list',
  );
  expectNone(
    'SELECT count(*) FROM yubl WHERE hidden = 0 AND (author IS NULL OR sequence IS NULL OR item IS NULL)',
    'visible yubls that are incomplete',
  );
  expectNone(
    'SELECT count(*) FROM user CROSS JOIN yubl ON author = user.number WHERE gone = 1 AND hidden = 0',
    'visible yubls of users who left',
  );
  expectNone(
    `SELECT count(*) FROM edge WHERE since IS NOT NULL AND (
       coalesce((SELECT gone FROM user WHERE number = follower), 1) = 1
       OR coalesce((SELECT gone FROM user WHERE number = followee), 1) = 1)`,
    'follows of users who left or do not exist',
  );
  // Also when only the digest was requested, because it excludes entries: of two files of one history, one may still
  // hold entries that the other has dropped.
  for (const user of someUsers(file)) auditUser(file, user);
  digest('users', "SELECT concat_ws(' ', user_id, gone, yubls) FROM user WHERE gone = 1 OR yubls > 0 ORDER BY user_id");
  digest(
    'follows',
    `SELECT concat_ws(' ', a.user_id, b.user_id, since)
     FROM edge JOIN user a ON a.number = follower JOIN user b ON b.number = followee
     WHERE since IS NOT NULL ORDER BY a.user_id, b.user_id`,
  );
  // Hash text lengths only; reading every text would dominate the audit.
  digest(
    'yubls',
    "SELECT concat_ws(' ', yubl_id, sequence, octet_length(item)) FROM yubl WHERE hidden = 0 ORDER BY yubl_id",
  );
  const users = count('SELECT count(*) FROM user WHERE gone = 0');
  const follows = count('SELECT count(*) FROM edge WHERE since IS NOT NULL');
  return { users, follows, yubls: count('SELECT count(*) FROM yubl WHERE hidden = 0'), entries };
}

/** Checks every chunk of every feed. Returns the number of entries. */
function auditChunks({ database, noteBroken, expectNone }: AuditedFile): number {
  const chunks = database.prepare('SELECT place, entries FROM feed_chunk ORDER BY place');
  chunks.setReturnArrays(true);
  let [user, full, entries] = [-1, true, 0];
  let last: [number, number, number] = [0, 0, 0];
  for (const row of chunks.iterate() as Iterable<unknown>) {
    const [place, bytes] = row as [number, Uint8Array];
    const numbers = fromBytes(bytes);
    const owner = Math.floor(place / CHUNKS_PER_USER);
    if (owner === user && !full) noteBroken(`a chunk before place ${place} is not full`);
    if (owner !== user) last = [0, 0, 0];
    const found = lastInOrder(numbers, last);
    if (found === undefined) noteBroken(`the entries at place ${place} are not in order or not unique`);
    [user, full] = [owner, numbers.length === CHUNK_ENTRIES * ENTRY_NUMBERS];
    last = found ?? [0, 0, 0];
    entries += numbers.length / ENTRY_NUMBERS;
  }
  expectNone(
    `SELECT count(*) FROM user WHERE gone = 1 AND EXISTS (
       SELECT 1 FROM feed_chunk WHERE place >= number * ${CHUNKS_PER_USER} AND place < (number + 1) * ${CHUNKS_PER_USER})`,
    'feeds of users who left',
  );
  return entries;
}

type Entry = [seconds: number, ordinal: number, yubl: number];

/** The last entry, if each sorts after the one before it; undefined if not. Entries with one sequence are sorted by
 *  number. */
function lastInOrder(numbers: Uint32Array, before: Entry): Entry | undefined {
  let [seconds, ordinal, yubl] = before;
  for (let at = 0; at < numbers.length; at += ENTRY_NUMBERS) {
    const nextSeconds = numbers[at] ?? 0;
    const nextOrdinal = numbers[at + 1] ?? 0;
    const nextYubl = numbers[at + 2] ?? 0;
    if (nextSeconds < seconds) return undefined;
    if (nextSeconds === seconds) {
      if (nextOrdinal < ordinal || (nextOrdinal === ordinal && nextYubl <= yubl)) return undefined;
    }
    seconds = nextSeconds;
    ordinal = nextOrdinal;
    yubl = nextYubl;
  }
  return [seconds, ordinal, yubl];
}

interface SomeUser {
  readonly number: number;
  readonly floor: string | null;
}

function someUsers({ database, count }: AuditedFile): SomeUser[] {
  const last = count('SELECT coalesce(max(number), 0) FROM user');
  const next = database.prepare(
    'SELECT number, floor FROM user WHERE number >= ? AND gone = 0 ORDER BY number LIMIT 1',
  );
  const users = new Map<number, SomeUser>();
  for (let step = 0; step < LOOKED_INTO; step += 1) {
    const user = next.get(Math.floor((last * step) / LOOKED_INTO)) as unknown as SomeUser | undefined;
    if (user !== undefined) users.set(user.number, user);
  }
  return [...users.values()];
}

const FOLLOWED = `SELECT 1 FROM edge WHERE followee = y.author AND follower = ?2 AND since < y.sequence`;

/** Checks that each entry is a yubl by an author whom the user followed when it was posted, and that none is missing
 *  above the feed's floor. */
function auditUser({ database, noteBroken }: AuditedFile, { number, floor }: SomeUser): void {
  const chunks = database.prepare('SELECT entries FROM feed_chunk WHERE place >= ? AND place < ? ORDER BY place');
  const parts = chunks.all(firstPlaceOf(number), firstPlaceOf(number + 1)) as unknown as { entries: Uint8Array }[];
  const entries = joinEntries(parts.map((part) => fromBytes(part.entries)));
  const listed = new Map<number, string>();
  for (let at = 0; at < entries.length; at += ENTRY_NUMBERS) {
    listed.set(entries[at + 2] ?? 0, sequenceAt(entries, at / ENTRY_NUMBERS));
  }
  const rows = database
    .prepare(
      `SELECT y.number, y.sequence, hidden, pulled, EXISTS (${FOLLOWED}) AS followed FROM json_each(?1)
       CROSS JOIN yubl y ON y.number = json_each.value LEFT JOIN user a ON a.number = y.author`,
    )
    .all(`[${[...listed.keys()].join()}]`, number) as unknown as EntryRow[];
  if (rows.length < listed.size) noteBroken(`${listed.size - rows.length} entries of user ${number} belong to no yubl`);
  const wrong = rows.filter(
    (row) => row.sequence !== listed.get(row.number) || (row.hidden === 0 && row.followed === 0),
  );
  if (wrong.length > 0) noteBroken(`${wrong.length} entries of user ${number} are not by users they follow`);
  const shown = rows.filter((row) => row.hidden === 0 && row.pulled === 0 && row.sequence > (floor ?? '')).length;
  const { due } = database
    .prepare(
      `SELECT count(*) AS due FROM edge e CROSS JOIN user a ON a.number = followee AND pulled = 0
       CROSS JOIN yubl y ON y.author = followee AND y.sequence > max(e.since, ?2) AND hidden = 0
       WHERE follower = ?1 AND since IS NOT NULL`,
    )
    .get(number, floor ?? '') as { due: number };
  if (due !== shown) noteBroken(`the feed of user ${number} has ${shown} entries above its floor, but ${due} are due`);
}

interface EntryRow {
  readonly number: number;
  readonly sequence: string;
  readonly hidden: number;
  readonly pulled: number;
  readonly followed: number;
}
