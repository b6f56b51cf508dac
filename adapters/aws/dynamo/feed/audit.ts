import { createKeySample, type KeySample } from '../../sample.ts';
import type { DynamoTable } from '../dynamo-table.ts';
import { type Item, keyText } from '../item.ts';
import { createTextSum, eachItem, noteUnequal, type TableAudit } from '../table-audit.ts';
import {
  authorOf,
  behind,
  entriesOf,
  feedItemOf,
  followeeOf,
  followersOf,
  followsOf,
  NEWEST_PLACE,
  pointerKey,
  timelineOf,
  userKey,
  yublIdOfPlace,
} from './items.ts';
import { openPulledAuthors, type PulledAuthors } from './pulled.ts';

// Drawn at random from the whole table, and looked at one by one.
const USERS = 40;
const FOLLOWEES = 20;
const YUBLS = 200;
const SEED = 1;
const SPARE_COPIES_MAX = 0.001;

/** Looks whether the invariants of items.ts hold: those that two collections can show, of everything; the others of some users and
 *  yubls. */
export async function auditFeedTable(table: DynamoTable): Promise<TableAudit> {
  const [edges, copies, counted, timelines] = [createTextSum(), createTextSum(), createTextSum(), createTextSum()];
  const [followers, leavers] = [createKeySample(USERS, SEED), createKeySample(USERS, SEED)];
  const [places, pointers] = [createKeySample(YUBLS, SEED), createKeySample(YUBLS, SEED)];
  const answers = createTextSum();
  let entries = 0;

  function lookAtUser({ pk, gone, yubls = 0 }: Item): void {
    if (gone === true) leavers.offer(idOf(pk));
    else counted.add(pk, yubls as number);
  }

  function lookAtEdge(item: Item): void {
    if (item['s'] === undefined) return;
    const follower = idOf(item.pk);
    followers.offer(follower);
    edges.add(followText([follower, followeeOf(item)], item));
    answers.add(JSON.stringify([follower, followeeOf(item), item['s']]));
  }

  function lookAtYubl(item: Item): void {
    timelines.add(`U#${idOf(item.pk)}`);
    places.offer(JSON.stringify([item.pk, item.sk]));
    answers.add(`${keyText(item)} ${feedItemOf(item).text.length}`);
  }

  await eachItem(table, (item) => {
    const [kind] = item.pk;
    if (kind === 'U' && item.sk === userKey('').sk) lookAtUser(item);
    else if (kind === 'U') lookAtEdge(item);
    else if (kind === 'F') copies.add(followText([item.sk, idOf(item.pk)], item));
    else if (kind === 'T') lookAtYubl(item);
    else if (kind === 'Y' && item['gone'] !== true)
      pointers.offer(JSON.stringify([idOf(item.pk), authorOf(item), item['s']]));
    else if (kind === 'E') entries += 1;
  });
  const broken: string[] = [];
  // A copy without its edge shows nothing (invariant 3), and a write that arrives late may leave one. Many of them say that edges
  // are lost.
  const spare = copies.count() - edges.count();
  if (spare <= 0 || spare > edges.count() * SPARE_COPIES_MAX) {
    noteUnequal(broken, 'follows differ from their copies for the fan-out', [edges, copies]);
  }
  noteUnequal(broken, 'counts of yubls do not match the timelines', [counted, timelines]);
  return {
    counts: { follows: edges.count(), yubls: timelines.count(), entries },
    broken: [...broken, ...(await brokenOf(table, { followers, leavers, places, pointers }))],
    digest: answers.digest(),
  };
}

const idOf = (pk: string) => pk.slice(2);

/** The same of an edge and of its copy. */
function followText([follower, followee]: readonly [string, string], { s, v }: Item): string {
  return JSON.stringify([follower, followee, s, v]);
}

interface Drawn {
  readonly followers: KeySample;
  readonly leavers: KeySample;
  /** Keys of the timeline, as JSON. */
  readonly places: KeySample;
  /** Yubl, author and sequence, as JSON. */
  readonly pointers: KeySample;
}

async function brokenOf(table: DynamoTable, drawn: Drawn): Promise<string[]> {
  const broken: string[] = [];
  const pulled = openPulledAuthors(table, 0);
  for (const follower of drawn.followers.drawn()) {
    const missing = await missingEntries(table, pulled, follower);
    if (missing > 0) broken.push(`${missing} yubls are missing in the feed of the user ${follower}`);
  }
  for (const leaver of drawn.leavers.drawn()) {
    const parts = [timelineOf(leaver), followsOf(leaver), followersOf(leaver), entriesOf(leaver)];
    const left = await Promise.all(parts.map((part) => hasAny(table, part)));
    if (left.includes(true)) broken.push(`something is left of the user ${leaver}, who left`);
  }
  for (const place of drawn.places.drawn()) {
    const [pk, sk] = JSON.parse(place) as [string, string];
    const pointer = await table.get(pointerKey(yublIdOfPlace(sk)));
    if (pointer?.['a'] !== idOf(pk)) broken.push(`the yubl ${yublIdOfPlace(sk)} is shown and cannot be found`);
  }
  for (const pointer of drawn.pointers.drawn()) {
    const [yublId, author, sequence] = JSON.parse(pointer) as [string, string, string];
    const [shown, user] = await Promise.all([
      table.get({ pk: timelineOf(author).pk, sk: sequence + yublId }),
      table.get(userKey(author)),
    ]);
    if (shown === undefined && user?.['gone'] !== true) broken.push(`the yubl ${yublId} is not shown`);
  }
  return broken;
}

async function hasAny(table: DynamoTable, query: Parameters<DynamoTable['query']>[0]): Promise<boolean> {
  for await (const page of table.query({ ...query, pageSize: 1 })) return page.length > 0;
  return false;
}

/** Yubls by users whom this one follows, posted since, that have no entry (invariant 4). */
async function missingEntries(table: DynamoTable, pulled: PulledAuthors, follower: string): Promise<number> {
  const follows = await table.queryAll(followsOf(follower));
  const since = new Map(
    follows.flatMap((edge) => (edge['s'] === undefined ? [] : [[followeeOf(edge), edge['s'] as string]])),
  );
  const authors = createKeySample(FOLLOWEES, SEED);
  for (const followee of since.keys()) if (!(await pulled.has(followee))) authors.offer(followee);
  let missing = 0;
  for (const author of authors.drawn()) {
    const from = behind(since.get(author) ?? '');
    const due = await table.queryAll({ ...timelineOf(author), between: [from, NEWEST_PLACE] });
    const keys = due.map(({ sk }) => ({ pk: entriesOf(follower).pk, sk }));
    missing += due.length - (await table.getAll(keys)).size;
  }
  return missing;
}
