export interface ErasureRequest {
  readonly userId: string;
  /** The folder of an archive of this log, in which their words are written over as well. Any other folder is only searched. */
  readonly archive?: string;
  /** Says what there is, and changes nothing. */
  readonly dryRun?: boolean;
}

export interface ErasureReport {
  readonly userId: string;
  readonly dryRun: boolean;
  /** Events that name them, and their names and texts in them. */
  readonly events: number;
  readonly texts: number;
  /** Whether their key was destroyed before, so that nobody could collect what to look for. */
  readonly erasedBefore: boolean;
  /** Where `user-left` stands; undefined as long as nobody has said that they left. */
  readonly leftAt?: number;
  /** Events in which their words stood in plain, in the log and in archives, and were written over. */
  readonly overwritten: number;
  /** Entries of the quarantine that named them, and were removed. */
  readonly unquarantined: number;
  /** Pieces of their names and texts that were looked for, which nobody else has said. */
  readonly words: number;
  /** Every file that was searched, and how many of those words it holds. */
  readonly places: readonly SearchedPlace[];
  readonly removed: readonly string[];
  /** Whether no file holds any of them. */
  readonly clean: boolean;
}

/** A file, or a part of one that could not be searched. */
export interface SearchedPlace {
  readonly path: string;
  /** How many of the words stand in it. */
  readonly words: number;
  /** Why it could not be read to its end. */
  readonly unreadable?: string;
}
