/** What the legacy adapter must remember of documents it has seen, because the change that deletes one carries its key
 *  and nothing else. */
export interface LegacyMemory {
  /** Durable no later than any append to the log that is called after it in the same turn of the event loop: if this
   *  fails, so does that. Where memory and log know nothing of each other, producers/durable-before.ts sees to it.
   *  Remembering the same again changes nothing. */
  remember(relationships: readonly LegacyRelationship[]): Promise<void>;

  /** All remembered versions of the asked ones by relationship id, oldest first; those of which nothing is known are
   *  left out. Sees everything that was given to `remember` before, even if that has not resolved yet. */
  recall(relationshipIds: readonly string[]): Promise<Map<string, LegacyRelationship[]>>;
}

/** Whom a relationship joined, since one change of its document. Every version is kept, and not only the newest, so
 *  that a change which is delivered again means what it meant the first time. */
export interface LegacyRelationship {
  readonly relationshipId: string;
  /** The change that said so: its sequence, a slash and its id. Sorts as text in the source's order. */
  readonly version: string;
  readonly followerId: string;
  readonly followeeId: string;
}
