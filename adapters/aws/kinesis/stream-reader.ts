import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { pause } from '../../../resilience/clock.ts';
import { type FoundShard, listShards } from './list-shards.ts';
import { openShard, type ShardStart, type StreamPage } from './shard-pages.ts';

export interface StreamReading {
  readonly client: KinesisClient;
  readonly stream: string;
  /** Where to begin: at the oldest record, at a time of arrival, or after the last sequence number of each shard
   *  (shards without one are read from their start). */
  readonly from: 'start' | Date | ReadonlyMap<string, string>;
  /** Ends once everything is read that had arrived by then; a little more may come. By this machine's clock and by that
   *  of Kinesis, which may differ. Without it the reading continues until it is aborted. */
  readonly upTo?: Date;
  /** Records per page, 1 to 10,000; 1,000. Kinesis returns no more than 10 MB at once. */
  readonly pageRecordsMax?: number;
  /** Number of shards that are read concurrently, and so the number of pages in memory; 8. */
  readonly shardsAtOnce?: number;
  /** How long to wait before reading a shard again, without new records and with; 1,000 and 250 ms. All readers of a
   *  shard together may make five requests per second. */
  readonly idleMs?: number;
  readonly busyMs?: number;
  readonly signal?: AbortSignal;
}

export interface ReadPage extends StreamPage {
  /** All records that arrived before this time have been returned, in this page or earlier: the minimum over the
   *  shards. Absent while a shard has not been read at all. */
  readonly readTo?: Date;
}

/** Reads a whole stream, page by page. Pages of a shard come in order, and a shard begins when its parents have ended:
 *  so the records of a partition key come in order, however the stream is resharded meanwhile. The number of requests
 *  depends on records and shards, not on the time between `from` and `upTo`: an empty year takes no more than an empty
 *  second. Rejects with STORAGE_FAILED if Kinesis keeps failing; throttling and expired iterators are retried. */
export async function* readStream(reading: StreamReading): AsyncGenerator<ReadPage> {
  const { client, stream, upTo, signal, shardsAtOnce = 8, idleMs = 1000, busyMs = 250 } = reading;
  const known = new Map<string, KnownShard>();
  const discover = async () => {
    for (const found of await listShards(client, stream, signal)) {
      if (!known.has(found.id)) known.set(found.id, { ...found, state: 'idle', nextAt: 0, shard: open(found.id) });
    }
  };
  const open = (shardId: string) => openShard({ ...reading, shardId, start: startOf(reading.from, shardId) });

  const fetching = new Map<string, Promise<[KnownShard, StreamPage]>>();
  await discover();
  for (;;) {
    signal?.throwIfAborted();
    const open = [...known.values()].filter((shard) => !isOver(shard, known));
    if (open.length === 0) return;
    const due = open.filter((shard) => shard.state === 'idle' && isBegun(shard, known));
    due.sort((one, other) => one.nextAt - other.nextAt);
    for (const shard of due) {
      if (fetching.size >= shardsAtOnce || shard.nextAt > performance.now()) break;
      shard.state = 'fetching';
      fetching.set(shard.id, pageOf(shard));
    }
    const next = fetching.size < shardsAtOnce ? due.find(({ state }) => state === 'idle') : undefined;
    const page = await nextPage(fetching, next?.nextAt, signal);
    if (page === undefined) continue;
    const [shard, { records, ended }] = page;
    fetching.delete(shard.id);
    shard.readToMs = timeOf(page[1]);
    if (records.length > 0) yield withReadTo(page[1], known);
    shard.state = ended ? 'ended' : isThrough(page[1], upTo) ? 'through' : 'idle';
    shard.nextAt = performance.now() + (records.length > 0 ? busyMs : idleMs);
    if (ended) await discover();
  }
}

interface KnownShard extends FoundShard {
  readonly shard: ReturnType<typeof openShard>;
  /** ended: the shard has no more records. through: it has, but they arrived later than wanted. */
  state: 'idle' | 'fetching' | 'ended' | 'through';
  nextAt: number;
  readToMs?: number;
}

/** An empty page is as far behind its request as it was behind the newest record. */
function timeOf({ records, behindMs, askedAt }: StreamPage): number {
  return records.at(-1)?.arrivedAt.getTime() ?? askedAt.getTime() - behindMs;
}

/** A shard that has ended can be ignored, because its children are known before their first page. */
function withReadTo(page: StreamPage, known: ReadonlyMap<string, KnownShard>): ReadPage {
  const times = [...known.values()].filter(({ state }) => state !== 'ended').map(({ readToMs }) => readToMs);
  if (times.length === 0 || times.includes(undefined)) return page;
  return { ...page, readTo: new Date(Math.min(...times.filter((time) => time !== undefined))) };
}

function pageOf(known: KnownShard): Promise<[KnownShard, StreamPage]> {
  const page = known.shard.next().then((each): [KnownShard, StreamPage] => [known, each]);
  // It is awaited later. Until then a rejection would be unhandled and end the process.
  page.catch(() => undefined);
  return page;
}

function startOf(from: StreamReading['from'], shardId: string): ShardStart {
  if (from === 'start') return {};
  if (from instanceof Date) return { at: from };
  const after = from.get(shardId);
  return after === undefined ? {} : { after };
}

/** Unknown parents are older than the stream's retention. */
function isBegun({ parents }: FoundShard, known: ReadonlyMap<string, KnownShard>): boolean {
  return parents.every((id) => (known.get(id)?.state ?? 'ended') === 'ended');
}

/** All records of a shard arrived after those of its parents. */
function isOver({ state, parents }: KnownShard, known: ReadonlyMap<string, KnownShard>): boolean {
  if (state === 'ended' || state === 'through') return true;
  return parents.some((id) => {
    const parent = known.get(id);
    return parent !== undefined && parent.state !== 'ended' && isOver(parent, known);
  });
}

function isThrough({ records, behindMs, askedAt }: StreamPage, upTo: Date | undefined): boolean {
  if (upTo === undefined) return false;
  if (records.some(({ arrivedAt }) => arrivedAt > upTo)) return true;
  return records.length === 0 && behindMs === 0 && askedAt >= upTo;
}

/** The first page to arrive; undefined if another shard is due before. */
async function nextPage<Page>(
  fetching: ReadonlyMap<string, Promise<Page>>,
  dueAt: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Page | undefined> {
  const waiting = new AbortController();
  const until = Math.max(1, (dueAt ?? Infinity) - performance.now());
  const timer = until === Infinity ? [] : [pause(until, { signal: waiting.signal }).then(() => undefined)];
  const abort = () => waiting.abort();
  signal?.addEventListener('abort', abort);
  try {
    return await Promise.race([...fetching.values(), ...timer]);
  } finally {
    signal?.removeEventListener('abort', abort);
    waiting.abort();
  }
}
