/** Where a log is kept outside of its engine: files that are never changed once they are named in the manifest. A folder,
 *  or a bucket. */
export interface LogArchive {
  /** For messages, and for finding it again. */
  readonly place: string;

  /** What the archive holds; undefined if nothing was ever archived here. ARCHIVE_DAMAGED if it is no manifest. */
  manifest(): Promise<ArchiveManifest | undefined>;

  /** Takes the place of the one before, whole or not at all; durable once it resolves. */
  replaceManifest(manifest: ArchiveManifest): Promise<void>;

  /** Adds a file, whole or not at all, also if the process is killed; durable once it resolves. One of the same name is
   *  replaced. */
  put(name: string, bytes: Uint8Array): Promise<void>;

  /** All bytes of a file. ARCHIVE_DAMAGED with its name if it is not there, or not of the size that is expected: then an archive
   *  in a folder has read nothing of it. */
  get(name: string, bytes?: number): Promise<Uint8Array>;

  /** Names of everything that lies here beside the manifest, in no order. */
  list(): Promise<string[]>;

  /** Nothing happens if it is not there. */
  remove(name: string): Promise<void>;
}

/** The whole of an archive. Files are gzip of NDJSON. */
export interface ArchiveManifest {
  readonly format: number;
  readonly writtenBy: string;
  /** The id of the log that is archived here, and of no other. */
  readonly log: string;
  /** All positions from 1 to this one are there; 0 if there is none. */
  readonly lastPosition: number;
  /** So many, since there are no gaps. */
  readonly events: number;
  /** Of all files together, compressed. */
  readonly bytes: number;
  /** In order of position, without gaps between them. */
  readonly files: readonly ArchivedEvents[];
  readonly tables: ArchivedTables;
}

interface ArchiveFile {
  readonly name: string;
  /** Compressed. */
  readonly bytes: number;
  /** Of the compressed file, in hex. */
  readonly sha256: string;
}

export interface ArchivedEvents extends ArchiveFile {
  /** Of `recordedtime` of all of them, in UTC. */
  readonly day: string;
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly events: number;
  readonly firstRecordedtime: string;
  readonly lastRecordedtime: string;
}

/** What a log's file holds beside events: copied whole, as it was when the log ended at `position`. */
export interface ArchivedTables {
  readonly position: number;
  readonly files: readonly ArchivedRows[];
}

export const archivedTableNames = ['legacy-memory', 'quarantine', 'clock-mark'] as const;
export type ArchivedTableName = (typeof archivedTableNames)[number];

export interface ArchivedRows extends ArchiveFile {
  readonly table: ArchivedTableName;
  readonly rows: number;
}
