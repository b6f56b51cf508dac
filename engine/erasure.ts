export interface ErasureRequest {
  readonly userId: string;
  /** The folder of an archive of this log, whose texts are overwritten as well. Any other folder is only searched. */
  readonly archive?: string;
  /** Only reports; changes nothing. */
  readonly dryRun?: boolean;
}

export interface ErasureReport {
  readonly userId: string;
  readonly dryRun: boolean;
  /** Events that name the user, and their names and texts in them. */
  readonly events: number;
  readonly texts: number;
  /** The key had been destroyed before, so the words to search for could not be collected. */
  readonly erasedBefore: boolean;
  /** Position of `user-left`; undefined if the user has not left. */
  readonly leftAt?: number;
  /** Events with the user's texts in plain, in the log and in archives, that were overwritten. */
  readonly overwritten: number;
  /** Entries of the quarantine that named the user, and were removed. */
  readonly unquarantined: number;
  /** Number of words that were searched for: parts of the user's names and texts that nobody else has used. */
  readonly words: number;
  /** Every searched file, and how many of those words it contains. */
  readonly places: readonly SearchedPlace[];
  readonly removed: readonly string[];
  /** Whether no file contains any of them. */
  readonly clean: boolean;
}

/** A file, or a part of one that could not be searched. */
export interface SearchedPlace {
  readonly path: string;
  /** How many of the words it contains. */
  readonly words: number;
  /** Why it could not be read completely. */
  readonly unreadable?: string;
}
