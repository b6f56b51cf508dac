/** Keeps the records of a stream permanently, because the stream expires after some days. Every record is kept, even
 *  one that is no event. */
export interface EventArchive extends EventArchiveReader {
  /** Stores records of a stream, in the order in which their shards delivered them; durable once it resolves. Names
   *  follow from the records alone, so repeating a call after a failure or a crash replaces what it wrote. Parts of a
   *  call may be repeated in other calls: readers see each record once. Rejects with STORAGE_FAILED; some records may
   *  be stored then. */
  put(records: readonly ArchivedRecord[]): Promise<void>;

  /** Reads all of an hour and writes its manifest, so that readers detect later loss or change. May be repeated, also
   *  when more records have come. Returns undefined for an empty hour. Throws ARCHIVE_DAMAGED if the hour is not
   *  sound. */
  closeHour(hour: Hour): Promise<HourManifest | undefined>;
}

export interface EventArchiveReader {
  /** Identifies the archive in messages and settings. */
  readonly place: string;

  /** The hours with records in the range, in order. */
  hours(range: TimeRange): Promise<Hour[]>;

  /** The records that arrived in the range, in pages that are never empty: hour by hour, within an hour shard by shard,
   *  within a shard by sequence number, each record once. So the records of a partition key come in the stream's order:
   *  a key is in one shard at a time, and a shard made of another one has a higher number. The stream's clock may step
   *  back a little at the end of an hour, and swap two records there; a caller that cannot tolerate that compares
   *  `sequence`. Holds a few objects in memory, however large an hour is.
   *
   *  A closed hour is checked against its manifest; records that came later are read as well. Throws ARCHIVE_DAMAGED
   *  with the name of any object that is missing, changed, or not of this archive. */
  read(range: TimeRange, after?: ArchivePlace): AsyncGenerator<ArchivedPage, void>;
}

/** A record as the stream delivered it. */
export interface ArchivedRecord {
  readonly shardId: string;
  /** The stream's sequence number: digits, growing within a shard. */
  readonly seq: string;
  /** By the stream's clock: ISO 8601, UTC, milliseconds. */
  readonly arrivedAt: string;
  readonly partitionKey: string;
  /** An envelope as JSON, if the record is valid. */
  readonly data: Uint8Array;
}

export interface ArchivedPage {
  readonly records: readonly ArchivedRecord[];
  /** The place of the last record: a read `after` it continues with the next one. */
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

/** The contents of an hour when it was closed. */
export interface HourManifest {
  readonly format: number;
  readonly writtenBy: string;
  readonly hour: Hour;
  /** Records that lie in two objects are counted in both. */
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
  /** Hash of the uncompressed text, in hex: a later call may compress the same text differently. */
  readonly sha256: string;
}
