import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { catalogPersonalWords } from '../../../consumers/runtime/catalog-personal-words.ts';
import { handleAlone } from '../../../testing/consumers/handle-alone.ts';
import { createTracer } from '../../../consumers/runtime/tracer.ts';
import { projectionNamed } from '../../../apps/projections/registry.ts';
import type { EventData, EventType } from '../../../events/catalog.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { sequenceOf } from '../../../events/sequence.ts';
import { recordedEvent } from '../../../ports/contracts/histories.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { type Audit, auditFile } from './audit.ts';

let folder: string;

beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'figtree-audit-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const id = (kind: number, number: number) => (kind * 1000 + number).toString(16).padStart(24, '0');
const at = '2016-02-22T07:02:00.000Z';
let order = 0;

function happened<Type extends EventType>(type: Type, data: EventData<Type>): RecordedEvent {
  order += 1;
  return recordedEvent(type, data, { sequence: sequenceOf(1, order) }) as RecordedEvent;
}

const PEOPLE = 4;
const YUBLS = 101;

/** All users follow the first two, who post; the second one leaves. */
function history(): RecordedEvent[] {
  order = 0;
  const people = Array.from({ length: PEOPLE }, (_, number) => id(1, number));
  return [
    ...people.map((userId, number) => happened('user-joined', { userId, userName: `Ada ${number}`, joinedAt: at })),
    ...people.flatMap((followerId, number) =>
      [people[1] ?? '', people[0] ?? ''].flatMap((followeeId) => {
        if (followerId === followeeId) return [];
        return [happened('followed', { relationshipId: id(3, number), followerId, followeeId, followedAt: at })];
      }),
    ),
    ...Array.from({ length: YUBLS }, (_, number) =>
      happened('yubl-posted', {
        yublId: id(2, number),
        authorId: people[number % 2] ?? '',
        text: `good morning number ${number}`,
        postedAt: at,
      }),
    ),
    happened('yubl-deleted', { yublId: id(2, 4) }),
    // Changes nothing, because no user follows themselves.
    happened('unfollowed', { relationshipId: id(3, 9), followerId: people[0] ?? '', followeeId: people[0] ?? '' }),
    happened('user-left', { userId: people[1] ?? '' }),
  ];
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

async function build(name: ProjectionName, file: string, events: readonly RecordedEvent[]): Promise<string> {
  const path = join(folder, file);
  const settings = { feedLength: 800, celebrityFollowers: 10_000 };
  const projection = await projectionNamed(name).embedded.load();
  const opened = projection.open(path, createTracer(silent, catalogPersonalWords()), settings);
  const handles = opened.consumers.map((consumer) => handleAlone(consumer));
  await opened.file.commit(async () => {
    for (const event of events) for (const handle of handles) await handle(event);
    return events.length;
  });
  opened.file.close();
  return path;
}

async function audit(name: ProjectionName, path: string, thorough = true): Promise<Audit> {
  return auditFile(path, (await projectionNamed(name).embedded.load()).audit, thorough);
}

describe.each(['feed', 'relationships', 'search'] as const)('the audit of %s', (name) => {
  test('finds nothing wrong with what the consumers have made', async () => {
    const found = await audit(name, await build(name, 'one.db', history()));
    expect(found.broken).toEqual([]);
    expect(found.position).toBe(history().length);
    expect(found.counts['users']).toBe(PEOPLE - 1);
  });

  test('returns the same digest whatever order the events came in, and whether or not it is thorough', async () => {
    const events = history();
    const one = await audit(name, await build(name, 'one.db', events));
    const path = await build(name, 'other.db', events.toReversed());
    expect(await audit(name, path)).toMatchObject({ digest: one.digest, broken: [] });
    expect((await audit(name, path, false)).digest).toBe(one.digest);
  });

  test('returns another digest for another history', async () => {
    const events = history();
    const one = await audit(name, await build(name, 'one.db', events));
    const seen = new Set([one.digest]);
    for (const type of ['user-joined', 'followed', 'yubl-posted'] as const) {
      const left = events.findLastIndex((event) => event.type === type);
      const other = await build(name, `${type}.db`, events.toSpliced(left, 1));
      seen.add((await audit(name, other)).digest);
    }
    // One of the changes does not affect the digest.
    expect(seen.size).toBe(3);
  });

  test('takes an empty file for what it is', async () => {
    expect((await audit(name, await build(name, 'empty.db', []))).broken).toEqual([]);
  });
});

test.each<[ProjectionName, string, string]>([
  ['relationships', 'UPDATE user SET followers = followers + 1 WHERE number = 1', 'count of followers'],
  ['relationships', 'UPDATE user SET following = 7 WHERE number = 3', 'count of followed users'],
  ['relationships', 'UPDATE totals SET users = users + 1', 'the totals count 4 of 3 users'],
  ['relationships', 'UPDATE totals SET follows = 0', 'the totals count 0 of 2 follows'],
  ['relationships', 'UPDATE user SET state = 2 WHERE number = 1', 'follows of users who left'],
  ['relationships', 'UPDATE edge SET followee = follower WHERE seconds IS NOT NULL', 'follow themselves'],
  ['feed', 'UPDATE user SET yubls = yubls + 1 WHERE number = 1', 'count of yubls'],
  ['feed', 'DELETE FROM yubl WHERE number = 3', 'entries of user 3 belong to no yubl'],
  ['feed', 'UPDATE edge SET since = NULL WHERE follower = 3', 'are not by users they follow'],
  ['feed', 'DELETE FROM feed_chunk WHERE place / 1048576 = 3', 'has 0 entries above its floor, but 50 are due'],
  ['feed', 'UPDATE feed_chunk SET entries = zeroblob(24)', 'not in order or not unique'],
  ['feed', 'UPDATE user SET gone = 1 WHERE number = 3', 'feeds of users who left'],
  [
    'feed',
    'UPDATE yubl SET hidden = 0 WHERE author = (SELECT number FROM user WHERE gone = 1)',
    'visible yubls of users who left',
  ],
  ['feed', "UPDATE yubl SET sequence = '00000000020000000000' WHERE number = 3", 'are not by users they follow'],
  ['search', 'DELETE FROM name WHERE number = 1', 'users are found by 2 of 3 names'],
  ['search', "UPDATE name SET name = 'eve' WHERE number = 1 AND initial = ''", 'names that their user does not have'],
  ['search', 'DELETE FROM yubl WHERE place = (SELECT min(place) FROM yubl)', 'there are places for 50 of 49 yubls'],
  ['search', 'UPDATE yubl_place SET place = place + 1 WHERE place IS NOT NULL', 'not in their place'],
  ['search', 'DELETE FROM yubl_words WHERE rowid = (SELECT min(place) FROM yubl)', 'missing in the full-text index'],
  ['search', "INSERT INTO yubl_words (rowid, words) VALUES (1, 'x')", 'the full-text index has 51 of 50 yubls'],
  ['search', "UPDATE yubl SET text = 'something else entirely'", 'is not found by its words'],
  ['search', "UPDATE yubl SET sequence = '00000000010000000000'", 'away from its own'],
  ['search', 'INSERT INTO gone_user SELECT user_id FROM user', 'users who left'],
])('the audit of %s reports %s', async (name, breach, told) => {
  const path = await build(name, 'one.db', history());
  const database = new DatabaseSync(path);
  database.exec(breach);
  database.close();
  expect((await audit(name, path)).broken.join('; ')).toContain(told);
});
