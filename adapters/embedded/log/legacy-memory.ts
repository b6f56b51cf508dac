import type { LegacyMemory, LegacyRelationship } from '../../../ports/legacy-memory.ts';
import type { DurableFile } from '../files/durable-file.ts';

// Ids are ObjectIds, twelve bytes each.
export const LEGACY_MEMORY_SCHEMA = `
  CREATE TABLE legacy_relationship (
    relationship BLOB NOT NULL, version TEXT NOT NULL, follower BLOB NOT NULL, followee BLOB NOT NULL,
    PRIMARY KEY (relationship, version)) WITHOUT ROWID;
`;

/** The legacy memory in the log's file, which becomes durable with the log's fsync. */
export function openSqliteLegacyMemory(file: DurableFile): LegacyMemory {
  const insert = file.database.prepare('INSERT OR IGNORE INTO legacy_relationship VALUES (?, ?, ?, ?)');
  const find = file.database.prepare(
    'SELECT version, follower, followee FROM legacy_relationship WHERE relationship = ? ORDER BY version',
  );

  return {
    async remember(relationships) {
      if (relationships.length === 0) return;
      const write = () => {
        for (const { relationshipId, version, followerId, followeeId } of relationships) {
          insert.run(toBytes(relationshipId), version, toBytes(followerId), toBytes(followeeId));
        }
      };
      await file.enqueue(write, { isPrerequisite: true });
    },
    // Queued among the writes, so that it sees those requested before it.
    recall: (relationshipIds) =>
      file.enqueue(() => {
        const known = new Map<string, LegacyRelationship[]>();
        for (const relationshipId of relationshipIds) {
          const rows = find.all(toBytes(relationshipId)) as unknown as Row[];
          if (rows.length > 0)
            known.set(
              relationshipId,
              rows.map((row) => toVersion(relationshipId, row)),
            );
        }
        return known;
      }),
  };
}

interface Row {
  version: string;
  follower: Uint8Array;
  followee: Uint8Array;
}

function toVersion(relationshipId: string, { version, follower, followee }: Row): LegacyRelationship {
  return { relationshipId, version, followerId: toHex(follower), followeeId: toHex(followee) };
}

function toBytes(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
