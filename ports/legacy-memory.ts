/** What the legacy adapter has to remember of documents that it has seen, because a deletion carries only the
 *  document's key. */
export interface LegacyMemory {
  /** Durable no later than any append to the log that is called after it in the same turn of the event loop: if this
   *  fails, so does the append. If memory and log are separate stores, producers/durable-before.ts ensures that.
   *  Remembering the same again changes nothing. */
  remember(relationships: readonly LegacyRelationship[]): Promise<void>;

  /** All remembered versions of the given relationships, by relationship id, oldest first; unknown ones are left out.
   *  Includes everything passed to an earlier `remember`, even if that has not resolved yet. */
  recall(relationshipIds: readonly string[]): Promise<Map<string, LegacyRelationship[]>>;
}

/** Follower and followee of a relationship, as of one change of its document. Every version is kept, so that a change
 *  that is delivered again means the same as the first time. */
export interface LegacyRelationship {
  readonly relationshipId: string;
  /** The sequence of that change, a slash and its id. Sorts as text in the source's order. */
  readonly version: string;
  readonly followerId: string;
  readonly followeeId: string;
}
