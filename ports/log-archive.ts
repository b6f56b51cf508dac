/** Keeps a log outside of its engine, in a folder elsewhere: files that never change once they are named in the
 *  manifest. */
export interface LogArchive {
  /** Identifies the archive in messages and settings. */
  readonly place: string;

  /** The manifest; undefined if nothing was ever archived here. Throws ARCHIVE_DAMAGED if it is invalid. */
  manifest(): Promise<ArchiveManifest | undefined>;

  /** Replaces the manifest, atomically; durable once it resolves. */
  replaceManifest(manifest: ArchiveManifest): Promise<void>;

  /** Adds or replaces a file, atomically even if the process is killed; durable once it resolves. */
  put(name: string, bytes: Uint8Array): Promise<void>;

  /** All bytes of a file. Throws ARCHIVE_DAMAGED with its name if it is missing, or does not have the expected size:
   *  then nothing of it was read. */
  get(name: string, bytes?: number): Promise<Uint8Array>;

  /** Names of all files but the manifest, in no order. */
  list(): Promise<string[]>;

  /** Does nothing if the file does not exist. */
  remove(name: string): Promise<void>;
}

/** The contents of an archive. Files are gzip of NDJSON. */
export interface ArchiveManifest {
  readonly format: number;
  readonly writtenBy: string;
  /** The id of the archived log. An archive has only one. */
  readonly log: string;
  /** All positions from 1 to this one are archived; 0 if none is. */
  readonly lastPosition: number;
  /** Equals `lastPosition`, because there are no gaps. */
  readonly events: number;
  /** Size of all files together, compressed. */
  readonly bytes: number;
  /** In order of position, without gaps between them. */
  readonly files: readonly ArchivedEvents[];
  readonly tables: ArchivedTables;
}

interface ArchiveFile {
  readonly name: string;
  /** Compressed. */
  readonly bytes: number;
  /** Hash of the compressed file, in hex. */
  readonly sha256: string;
}

export interface ArchivedEvents extends ArchiveFile {
  /** The common day of their `recordedtime`, in UTC. */
  readonly day: string;
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly events: number;
  readonly firstRecordedtime: string;
  readonly lastRecordedtime: string;
}

/** The tables of a log's file other than events: copied whole, as of when the log ended at `position`. */
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
