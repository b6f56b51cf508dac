/** The keys that seal what is said about persons, one per person. A sealed text opens only in its own place: the field
 *  of the event type that it was sealed for, however the caller names that. Destroying a key erases everything that was
 *  sealed with it, wherever it is stored. Calls are synchronous: a remote store has to fetch the keys of a page before
 *  it is read. */
export interface PersonKeys extends PersonKeyReader {
  /** Returns a text that only `open` can decrypt, different each time; undefined if the person's key was destroyed.
   *  Creates the person's key if there is none. The sealed text may be stored once `save` has returned. */
  seal(person: string, text: string, place: string): string | undefined;

  /** Returns once all keys created by `seal` are durable: they survive power loss. If it throws (STORAGE_FULL or
   *  STORAGE_FAILED) they are not, and the next call retries them. */
  save(): void;

  /** Once it returns the keys no longer exist in this store, and the persons never get others. May be repeated. */
  destroy(...persons: readonly string[]): void;
}

export interface PersonKeyReader {
  /** The text that was sealed; undefined if the person's key was destroyed. Throws DATA_DAMAGED if the key is missing
   *  for another reason, or if the text was not sealed with it for this place. */
  open(person: string, sealed: string, place: string): string | undefined;

  /** As of the last `catchUp`, or immediately in the store that destroyed the key. */
  isDestroyed(person: string): boolean;

  /** Whether any key was destroyed; if not, persons need not be checked one by one. */
  anyDestroyed(): boolean;

  /** Learns which keys others have destroyed since the last call. */
  catchUp(): void;

  close(): void;
}
