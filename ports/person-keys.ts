/** The keys under which what is said about persons is sealed, one for each person. What was sealed opens in its place alone: in the
 *  field of the kind of event that it was sealed for, in whatever words the caller names that. To destroy a key is to erase what was sealed
 *  with it, wherever that lies. It answers at once: a store elsewhere has to fetch the keys of a page before it is read. */
export interface PersonKeys extends PersonKeyReader {
  /** What only `open` turns into the text again, different each time; undefined if the person's key was destroyed. Makes the
   *  person a key if he has none. What was sealed may be kept once `save` has returned. */
  seal(person: string, text: string, place: string): string | undefined;

  /** Returns once all keys that `seal` has made are durable: they survive power loss. If it throws (STORAGE_FULL or
   *  STORAGE_FAILED) they are not, and the next call tries them again. */
  save(): void;

  /** Once it returns the keys are nowhere in this store, and the persons never get others. Nothing happens if that was done
   *  before. */
  destroy(...persons: readonly string[]): void;
}

export interface PersonKeyReader {
  /** The text that was sealed; undefined if the person's key was destroyed. DATA_DAMAGED if it is not there for another
   *  reason, or if this was not sealed with it for this place. */
  open(person: string, sealed: string, place: string): string | undefined;

  /** As of the last `catchUp`, for the store that destroyed it as of now. */
  isDestroyed(person: string): boolean;

  /** Whether any key was destroyed, so that nobody needs to be asked for if none was. */
  anyDestroyed(): boolean;

  /** Learns what others have destroyed since the last call. */
  catchUp(): void;

  close(): void;
}
