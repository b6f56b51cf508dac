import { createKeySample, type KeySample } from '../../sample.ts';
import type { DynamoTable } from '../dynamo-table.ts';
import { type Item, keyText } from '../item.ts';
import {
  type AuditOptions,
  createTextSum,
  eachItem,
  hasAny,
  type LookUp,
  noteUnequal,
  lookUpsInto,
  type TableAudit,
} from '../table-audit.ts';
import {
  authorOf,
  behind,
  copyKey,
  edgeKey,
  entryKey,
  feedItemOf,
  followeeOf,
  followersOf,
  followsOf,
  NEWEST_PLACE,
  pointerKey,
  timelineKey,
  timelineOf,
  userKey,
  yublIdOfPlace,
} from './items.ts';
import { openPulledAuthors } from './pulled.ts';

// The numbers of users and yubls that are looked up one by one.
const USERS = 40;
const FOLLOWEES = 20;
const NEWEST_YUBLS = 100;
const YUBLS = 200;
const EDGES = 200;
// Spare copies are no inconsistency (invariant 3); more of them say that edges are lost.
const SPARE_COPIES_MIN = 3;
const SPARE_COPIES_MAX = 0.001;

/** Checks the invariants of items.ts: of everything those that two collections can show, of some users and yubls the others. */
export async function auditFeedTable(table: DynamoTable, options: AuditOptions): Promise<TableAudit> {
  const [edges, copies, counted, timelines] = [createTextSum(), createTextSum(), createTextSum(), createTextSum()];
  const drawn = draw(options.seed);
  const answers = createTextSum();
  let entries = 0;

  function visitUser({ pk, gone, yubls = 0 }: Item): void {
    if (gone === true) drawn.leavers.offer(idOf(pk));
    else counted.add(pk, yubls as number);
  }

  function visitEdge(item: Item): void {
    if (item['s'] === undefined) return;
    const [follower, followee] = [idOf(item.pk), followeeOf(item)];
    drawn.followers.offer(follower);
    drawn.edges.offer(JSON.stringify([follower, followee, item['s']]));
    edges.add(followText([follower, followee], item));
    answers.add(JSON.stringify([follower, followee, item['s']]));
  }

  function visitYubl(item: Item): void {
    timelines.add(userKey(idOf(item.pk)).pk);
    drawn.places.offer(JSON.stringify([item.pk, item.sk]));
    answers.add(`${keyText(item)} ${feedItemOf(item).text.length}`);
  }

  function visitPointer(item: Item): void {
    if (item['gone'] !== true) drawn.pointers.offer(JSON.stringify([idOf(item.pk), authorOf(item), item['s']]));
  }

  function visit(item: Item): void {
    const [kind] = item.pk;
    if (kind === 'E') entries += 1;
    else if (kind === 'F') copies.add(followText([item.sk, idOf(item.pk)], item));
    else if (kind === 'T') visitYubl(item);
    else if (kind === 'Y') visitPointer(item);
    else if (kind === 'U' && item.sk === userKey('').sk) visitUser(item);
    else if (kind === 'U') visitEdge(item);
  }

  await eachItem(table, visit, options);
  const broken: string[] = [];
  const spare = copies.count() - edges.count();
  if (spare <= 0 || spare > Math.max(SPARE_COPIES_MIN, edges.count() * SPARE_COPIES_MAX)) {
    noteUnequal(broken, 'follows differ from their copies for the fan-out', [edges, copies]);
  }
  noteUnequal(broken, 'counts of yubls differ from the timelines', [counted, timelines]);
  await lookUp(table, drawn, lookUpsInto(broken, options));
  return { counts: { follows: edges.count(), yubls: timelines.count(), entries }, broken, digest: answers.digest() };
}

const idOf = (pk: string) => pk.slice(2);

/** The same text for an edge and for its copy. */
function followText([follower, followee]: readonly [string, string], { s, v }: Item): string {
  return JSON.stringify([follower, followee, s, v]);
}

interface Drawn {
  readonly followers: KeySample;
  readonly leavers: KeySample;
  /** Follower, followee and sequence, as JSON. */
  readonly edges: KeySample;
  /** Keys of the timelines, as JSON. */
  readonly places: KeySample;
  /** Yubl, author and sequence, as JSON. */
  readonly pointers: KeySample;
}

function draw(seed: string): Drawn {
  return {
    followers: createKeySample(USERS, seed),
    leavers: createKeySample(USERS, seed),
    edges: createKeySample(EDGES, seed),
    places: createKeySample(YUBLS, seed),
    pointers: createKeySample(YUBLS, seed),
  };
}

async function lookUp(table: DynamoTable, drawn: Drawn, note: LookUp): Promise<void> {
  const pulled = await openPulledAuthors(table, 0).all();
  await note('follows without a copy for the fan-out', drawn.edges, async (key) => {
    const [follower, followee, sequence] = JSON.parse(key) as [string, string, string];
    return (await table.get(copyKey(follower, followee)))?.['s'] !== sequence;
  });
  await note('feeds that lack yubls', drawn.followers, (follower) => lacksEntries(table, pulled, follower));
  // Entries may be left of a user who left: they show nothing (invariant 4).
  await note('users who left, and of whom something is left', drawn.leavers, async (leaver) => {
    const parts = [timelineOf(leaver), followsOf(leaver), followersOf(leaver)];
    return (await Promise.all(parts.map((part) => hasAny(table, part)))).includes(true);
  });
  await note('yubls that are shown and cannot be found', drawn.places, async (place) => {
    const [pk, sk] = JSON.parse(place) as [string, string];
    return (await table.get(pointerKey(yublIdOfPlace(sk))))?.['a'] !== idOf(pk);
  });
  await note('yubls that are found and not shown', drawn.pointers, async (pointer) => {
    const [yublId, author, sequence] = JSON.parse(pointer) as [string, string, string];
    const user = await table.get(userKey(author));
    return user?.['gone'] !== true && (await table.get(timelineKey(author, sequence + yublId))) === undefined;
  });
}

/** Whether one of the newest yubls of a followed user, posted since, has no entry (invariant 4). */
async function lacksEntries(table: DynamoTable, pulled: ReadonlySet<string>, follower: string): Promise<boolean> {
  const authors = createKeySample(FOLLOWEES, follower);
  for await (const page of table.query(followsOf(follower))) {
    for (const edge of page) {
      if (edge['s'] !== undefined && !pulled.has(followeeOf(edge))) authors.offer(followeeOf(edge));
    }
  }
  for (const author of authors.drawn()) {
    const since = (await table.get(edgeKey(follower, author)))?.['s'] as string;
    const between = [behind(since), NEWEST_PLACE] as const;
    for await (const due of table.query({ ...timelineOf(author), between, falling: true, pageSize: NEWEST_YUBLS })) {
      const found = await table.getAll(due.map(({ sk }) => entryKey(follower, sk)));
      if (found.size < due.length) return true;
      break;
    }
  }
  return false;
}
