/** What the legacy adapter must remember of documents it has seen, because the change that deletes one carries its key
 *  and nothing else. */
export interface LegacyMemory {
  /** Durable no later than any append to the log that is called after it in the same turn of the event loop.
   *  Remembering the same again changes nothing. */
  remember(relationships: readonly LegacyRelationship[]): Promise<void>;

  /** Those of the asked ones that are remembered, by relationship id. */
  recall(relationshipIds: readonly string[]): Promise<Map<string, LegacyRelationship>>;
}

export interface LegacyRelationship {
  readonly relationshipId: string;
  readonly followerId: string;
  readonly followeeId: string;
}
