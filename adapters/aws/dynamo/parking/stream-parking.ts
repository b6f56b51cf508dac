import type {
  KeyState,
  StreamedEvent,
  StreamFailure,
  StreamParkedReader,
  StreamParking,
} from '../../../../ports/stream-parking.ts';
import { batchesOf } from '../../../../resilience/batches.ts';
import { pause } from '../../../../resilience/clock.ts';
import { LOST, untilUncontended } from '../contention.ts';
import type { Item } from '../item.ts';
import { ITEM_BYTES_MAX } from '../item-bytes.ts';
import {
  eventItem,
  eventOf,
  failing,
  IS_FAILING,
  type KeyItem,
  keyItemKey,
  sortableSequenceNumber,
  keysPartition,
  STILL_STOPPED,
  stoppedKeyOf,
  stopping,
  unchanged,
  UNLESS_STOPPED,
  untried,
  waitingPartition,
} from './items.ts';
import type { DynamoTable, TableQuery, TransactAction } from '../dynamo-table.ts';

export interface DynamoStreamParkingOptions {
  /** The function that parks here: functions that share a table do not see each other's events. */
  readonly scope: string;
  /** How long a process may assume that no key has a state; a process that stops a key waits until this has expired
   *  everywhere. */
  readonly believedEmptyMs?: number;
}

// The size of an item without its text: two keys, the event's id of up to 1,024 characters, numbers, and the names of
// all of these.
const REST_BYTES_MAX = 2048 + 1024 + 3 * 1024 + 512;
// Enough for a yubl of the longest text with every character escaped.
const TEXT_BYTES_MAX = ITEM_BYTES_MAX - REST_BYTES_MAX;
const ERROR_CHARACTERS_MAX = 2000;
const BELIEVED_EMPTY_MS = 2000;
// The most that the clocks of two functions may differ.
const CLOCKS_MS = 500;
// Usually no more keys than this are stopped: then one page has all of them.
const PAGE_KEYS = 200;
// After this time a failing event was handled elsewhere, by a process that did not know of these attempts.
const ATTEMPTS_KEPT_MS = 3_600_000;
// A transaction takes 100 items and 4 MB; encoding makes requests larger, so the limits are far below.
const TRANSACTION = {
  countMax: 50,
  bytesMax: 1_000_000,
  bytesOf: ({ text }: StreamedEvent) => Buffer.byteLength(text),
};

/** One item for each key that is stopped or failing, all in one partition, and one for each event that waits. */
export function openDynamoStreamParking(table: DynamoTable, options: DynamoStreamParkingOptions): StreamParking {
  const { scope } = options;
  return {
    textBytesMax: TEXT_BYTES_MAX,
    ...keyStates(table, options),
    ...leaving(table, scope),
    ...reading(table, scope),
  };
}

type KeyStates = Pick<StreamParking, 'states' | 'countFailure' | 'forgetFailures' | 'park' | 'parkBehind' | 'settled'>;

function keyStates(
  table: DynamoTable,
  { scope, believedEmptyMs = BELIEVED_EMPTY_MS }: DynamoStreamParkingOptions,
): KeyStates {
  let emptyUntilMs = 0;
  let lastStopMs = 0;

  async function itemsOf(keys: readonly string[]): Promise<KeyItem[]> {
    const askedMs = Date.now();
    const all = await onlyPage(table, { pk: keysPartition(scope), pageSize: PAGE_KEYS });
    if (all?.length === 0) emptyUntilMs = askedMs + believedEmptyMs;
    if (all !== undefined) return all as unknown as KeyItem[];
    const ofKeys = await table.getAll(keys.map((key) => keyItemKey(scope, key)));
    return [...ofKeys.values()] as unknown as KeyItem[];
  }

  async function states(keys: readonly string[]): Promise<Map<string, KeyState>> {
    const found = new Map<string, KeyState>();
    if (Date.now() < emptyUntilMs || keys.length === 0) return found;
    const asked = new Set(keys);
    const old: string[] = [];
    for (const { sk: key, state, sinceMs } of await itemsOf(keys)) {
      if (state === 'failing' && sinceMs < Date.now() - ATTEMPTS_KEPT_MS) old.push(key);
      else if (asked.has(key)) found.set(key, state);
      if (state === 'stopped') lastStopMs = Math.max(lastStopMs, sinceMs);
    }
    if (old.length > 0) await forgetFailures(old);
    return found;
  }

  async function countFailure({ key, sequenceNumber }: StreamedEvent): Promise<number> {
    const item = (await table.get(keyItemKey(scope, key))) as unknown as KeyItem | undefined;
    const attempts = (item?.record === sequenceNumber ? (item.attempts ?? 0) : 0) + 1;
    emptyUntilMs = 0;
    const counted = { state: 'failing', record: sequenceNumber, attempts, sinceMs: Date.now() };
    await table.put({ ...keyItemKey(scope, key), ...counted }, UNLESS_STOPPED);
    return attempts;
  }

  async function forgetFailures(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((key) => table.delete(keyItemKey(scope, key), IS_FAILING)));
  }

  async function park(event: StreamedEvent, failure: StreamFailure): Promise<void> {
    emptyUntilMs = 0;
    await untilUncontended(table, 'a key', async () => {
      const sinceMs = Date.now();
      const stopped = stopping({ record: event.sequenceNumber, event: event.event, ...inBrief(failure), sinceMs });
      const update = { update: keyItemKey(scope, event.key), change: stopped };
      const lost = await table.transact([update, { put: eventItem(scope, event) }]);
      lastStopMs = Math.max(lastStopMs, Date.now());
      // It was already stopped: the event waits behind the others, or, if the key continues first, stops it after all.
      return lost.length === 0 || (await parkBehind([event])) ? undefined : LOST;
    });
  }

  async function parkBehind(events: readonly StreamedEvent[]): Promise<boolean> {
    for (const some of batchesOf(events, TRANSACTION)) {
      const puts: TransactAction[] = some.map((event) => ({ put: eventItem(scope, event) }));
      const behind = { update: keyItemKey(scope, some[0]?.key ?? ''), change: STILL_STOPPED };
      const lost = await table.transact([behind, ...puts]);
      if (lost.length > 0) return false;
    }
    return true;
  }

  async function settled(): Promise<void> {
    const waitMs = lastStopMs + believedEmptyMs + CLOCKS_MS - Date.now();
    if (waitMs > 0) await pause(Math.min(waitMs, believedEmptyMs + CLOCKS_MS));
  }

  return { states, countFailure, forgetFailures, park, parkBehind, settled };
}

/** Truncates an error, which may quote a whole response: if the item did not fit, the event could not be parked and
 *  would block the shard. */
function inBrief(failure: StreamFailure): StreamFailure {
  return { ...failure, error: failure.error.slice(0, ERROR_CHARACTERS_MAX).toWellFormed() };
}

async function firstPage(table: DynamoTable, query: TableQuery): Promise<Item[]> {
  const page = await table.query(query).next();
  return page.done === true ? [] : page.value;
}

/** Undefined if there are more items than fit on one page of this size, or on a megabyte. */
async function onlyPage(
  table: DynamoTable,
  query: TableQuery & { readonly pageSize: number },
): Promise<Item[] | undefined> {
  const pages = table.query(query);
  const first = await pages.next();
  if (first.done === true) return [];
  if (first.value.length >= query.pageSize) return undefined;
  // Makes no request if that was the last page.
  const second = await pages.next();
  return second.done === true || second.value.length === 0 ? first.value : undefined;
}

function leaving(table: DynamoTable, scope: string): Pick<StreamParking, 'remove' | 'failedAgain'> {
  return {
    async failedAgain({ key, sequenceNumber, event }, failure) {
      await table.update(keyItemKey(scope, key), failing({ record: sequenceNumber, event, ...inBrief(failure) }));
    },
    async remove({ key, sequenceNumber }) {
      const pk = waitingPartition(scope, key);
      await table.delete({ pk, sk: sortableSequenceNumber(sequenceNumber) });
      await untilUncontended(table, 'a key', async () => {
        const item = (await table.get(keyItemKey(scope, key))) as unknown as KeyItem | undefined;
        if (item?.state !== 'stopped') return undefined;
        const left = await firstPage(table, { pk, pageSize: 1 });
        if (left.length > 0 && item.record !== sequenceNumber) return undefined;
        const changed = await (left.length === 0
          ? table.delete(keyItemKey(scope, key), unchanged(item))
          : table.update(keyItemKey(scope, key), untried(item)));
        // Otherwise an event was added behind it in between, and has to be handled.
        return changed ? undefined : LOST;
      });
    },
  };
}

function reading(table: DynamoTable, scope: string): StreamParkedReader {
  const keys = keysPartition(scope);
  return {
    async stoppedKeys({ after, limit }) {
      const found: KeyItem[] = [];
      const from = after === undefined ? {} : { after: keyItemKey(scope, after) };
      for await (const page of table.query({ pk: keys, pageSize: PAGE_KEYS, ...from })) {
        found.push(...(page as unknown as KeyItem[]).filter(({ state }) => state === 'stopped'));
        if (found.length >= limit) break;
      }
      return found.slice(0, limit).map(stoppedKeyOf);
    },
    async stoppedKey(key) {
      const item = (await table.get(keyItemKey(scope, key))) as unknown as KeyItem | undefined;
      return item?.state === 'stopped' ? stoppedKeyOf(item) : undefined;
    },
    async waiting(key, { after, limit }) {
      const pk = waitingPartition(scope, key);
      const found: Item[] = [];
      const from = after === undefined ? {} : { after: { pk, sk: sortableSequenceNumber(after) } };
      for await (const page of table.query({ pk, pageSize: limit, ...from })) {
        found.push(...page);
        if (found.length >= limit) break;
      }
      return found.slice(0, limit).map((item) => eventOf(key, item));
    },
  };
}
