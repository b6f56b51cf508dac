/** Where the records of a stream are kept for good, because the stream forgets them after some days. Everything is kept that
 *  came, also what is no event. */
export interface EventArchive extends EventArchiveReader {
  /** Keeps some records of a stream, in the order in which their shards gave them; durable once it resolves. Where they lie
   *  follows from the records alone, so the same call again, after it failed or after a crash, replaces what it wrote. Parts
   *  of a call may come again in other calls: readers see each record once. Rejects with STORAGE_FAILED; some may be kept then. */
  put(records: readonly ArchivedRecord[]): Promise<void>;

  /** Reads all of an hour and writes down what it holds, so that readers find out if something is lost or changed later. May
   *  be called again, also when more has come. Gives undefined if nothing is there. ARCHIVE_DAMAGED if it is not sound. */
  closeHour(hour: Hour): Promise<HourManifest | undefined>;
}

export interface EventArchiveReader {
  /** For messages, and for finding it again. */
  readonly place: string;

  /** The hours that hold something of the range, in order. */
  hours(range: TimeRange): Promise<Hour[]>;

  /** What arrived in the range, in pages that are never empty: hour after hour, within an hour shard after shard, of a shard in
   *  order of sequence number, each record once. So a partition key's records come in the order in which the stream has
   *  them: a key is in one shard at a time, and a shard that was made of another one has a higher number. The stream's
   *  clock may step back a little at the end of an hour, and exchange two records there; whoever cannot bear that compares
   *  `sequence`. Holds a few objects in memory, however large an hour is.
   *
   *  An hour that was closed is checked against what was written down then; what came later is read as well. ARCHIVE_DAMAGED
   *  with the name of what is lost, changed, or no object of ours. */
  read(range: TimeRange, after?: ArchivePlace): AsyncGenerator<ArchivedPage, void>;
}

/** A record as the stream gave it. */
export interface ArchivedRecord {
  readonly shardId: string;
  /** The stream's sequence number: digits, growing within a shard. */
  readonly seq: string;
  /** By the stream's clock: ISO 8601, UTC, milliseconds. */
  readonly arrivedAt: string;
  readonly partitionKey: string;
  /** An envelope as JSON, if it is what it should be. */
  readonly data: Uint8Array;
}

export interface ArchivedPage {
  readonly records: readonly ArchivedRecord[];
  /** Of the last of them. Whoever reads `after` it goes on behind it. */
  readonly place: ArchivePlace;
}

export interface ArchivePlace {
  readonly hour: Hour;
  readonly shardId: string;
  readonly seq: string;
}

/** `from` is included, `to` is not: ISO 8601, UTC, milliseconds. */
export interface TimeRange {
  readonly from: string;
  readonly to: string;
}

/** In UTC, as `2016-02-22T07`. */
export type Hour = string;

/** What an hour held when it was closed. */
export interface HourManifest {
  readonly format: number;
  readonly writtenBy: string;
  readonly hour: Hour;
  /** Those that lie in two objects are counted in both. */
  readonly records: number;
  readonly firstArrivedAt: string;
  readonly lastArrivedAt: string;
  /** In order of name. */
  readonly objects: readonly ManifestedObject[];
}

export interface ManifestedObject {
  readonly name: string;
  readonly records: number;
  readonly firstArrivedAt: string;
  readonly lastArrivedAt: string;
  /** Of the text before it was compressed, in hex: a later call may compress the same text otherwise. */
  readonly sha256: string;
}
