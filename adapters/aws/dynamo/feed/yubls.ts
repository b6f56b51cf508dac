import type { FannedOutYubl } from '../../../../ports/fan-out.ts';
import type { FeedItem } from '../../../../ports/feed-reader.ts';
import type { FeedStore } from '../../../../ports/feed-store.ts';
import { LOST, untilUncontended } from '../contention.ts';
import { placeOf, pointerKey, timelineItem, timelineKey, userKey } from './items.ts';
import type { Item } from '../item.ts';
import type { DynamoTable } from '../dynamo-table.ts';

const ABSENT = { expression: 'attribute_not_exists(pk)' };
const NOT_GONE = 'attribute_not_exists(gone)';

/** Yubls in their authors' timelines. */
export function dynamoFeedYubls(table: DynamoTable): Pick<FeedStore, 'addYubl' | 'deleteYubl'> {
  async function addYubl(yubl: FeedItem): Promise<FannedOutYubl | undefined> {
    const author = userKey(yubl.authorId);
    const failed = await table.transact([
      { put: { ...pointerKey(yubl.yublId), a: yubl.authorId, s: yubl.sequence }, condition: ABSENT },
      { put: timelineItem(yubl) },
      { update: author, change: { update: 'ADD yubls :one', condition: NOT_GONE, values: { ':one': 1 } } },
    ]);
    if (failed.includes(0)) return untilUncontended(table, 'a yubl', () => storedYubl(yubl.yublId));
    if (failed.length > 0) return undefined;
    // A transaction's items become visible one by one, so the removal of a leaver's timeline may have run in between
    // and missed this one. It marked the leaver before it looked.
    if (!(await hasLeft(yubl.authorId))) return yubl;
    await table.erase(timelineItem(yubl));
    return undefined;
  }

  /** The yubl as it was first stored, if it is visible. */
  async function storedYubl(yublId: string): Promise<FannedOutYubl | undefined | typeof LOST> {
    const pointer = await table.get(pointerKey(yublId));
    if (pointer === undefined || pointer['gone'] === true) return undefined;
    const yubl = pointedAt(yublId, pointer);
    const place = timelineKey(yubl.authorId, placeOf(yubl));
    const [shown, left] = await Promise.all([table.get(place), hasLeft(yubl.authorId)]);
    // Missing from the timeline: another writer is adding or deleting it, and is only half visible.
    if (!left) return shown === undefined ? LOST : yubl;
    if (shown !== undefined) await table.erase(place);
    return undefined;
  }

  async function hasLeft(userId: string): Promise<boolean> {
    return (await table.get(userKey(userId)))?.['gone'] === true;
  }

  async function deleteOnce(yublId: string): Promise<typeof LOST | void> {
    const key = pointerKey(yublId);
    const gone = { ...key, gone: true };
    const pointer = await table.get(key);
    if (pointer?.['gone'] === true) return;
    if (pointer === undefined) {
      if (await table.put(gone, ABSENT)) return;
      return LOST;
    }
    const yubl = pointedAt(yublId, pointer);
    const failed = await table.transact([
      { put: gone, condition: { expression: 'attribute_exists(s)' } },
      { delete: timelineKey(yubl.authorId, placeOf(yubl)) },
      { update: userKey(yubl.authorId), change: { update: 'ADD yubls :less', values: { ':less': -1 } } },
    ]);
    if (failed.length > 0) return LOST;
  }

  return { addYubl, deleteYubl: (yublId) => untilUncontended(table, 'a yubl', () => deleteOnce(yublId)) };
}

function pointedAt(yublId: string, pointer: Item): FannedOutYubl {
  return { yublId, authorId: pointer['a'] as string, sequence: pointer['s'] as string };
}
