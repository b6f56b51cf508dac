import { hash } from 'node:crypto';
import type { LegacyMemory, LegacyRelationship } from '../../../ports/legacy-memory.ts';
import { batchesOf } from '../../../resilience/batches.ts';
import type { Item, ItemKey } from './item.ts';
import { canBeKey } from './item-bytes.ts';
import type { DynamoTable } from './dynamo-table.ts';

// LEGACY#<relationship> / <version>: { version, follower, followee }. A version always has the same content, so it is
// written without a condition.

// A version ends in a resume token, which may exceed the length of a sort key, and contain any characters.
const SORT_KEY_CHARACTERS_MAX = 1000;
const SEQUENCE_CHARACTERS = 20;
const QUERIES_AT_ONCE = 16;

/** The legacy memory in a table, for any number of writers. */
export function openDynamoLegacyMemory(table: DynamoTable): LegacyMemory {
  const beingTold = new Set<Promise<unknown>>();

  async function versionsOf(relationshipId: string): Promise<LegacyRelationship[]> {
    const items = await table.queryAll({ pk: partitionOf(relationshipId) });
    return items
      .map((item) => versionOf(relationshipId, item))
      .toSorted((one, other) => (one.version < other.version ? -1 : 1));
  }

  return {
    async remember(relationships) {
      const told = Promise.all(relationships.map((each) => table.write(itemOf(each))));
      beingTold.add(told);
      await told.finally(() => beingTold.delete(told));
    },
    async recall(relationshipIds) {
      await Promise.allSettled(beingTold);
      const known = new Map<string, LegacyRelationship[]>();
      for (const some of batchesOf(relationshipIds, { countMax: QUERIES_AT_ONCE })) {
        const found = await Promise.all(some.map(versionsOf));
        found.forEach((versions, place) => {
          if (versions.length > 0) known.set(some[place] ?? '', versions);
        });
      }
      return known;
    },
  };
}

function partitionOf(relationshipId: string): string {
  return `LEGACY#${relationshipId}`;
}

function itemOf({ relationshipId, version, followerId, followeeId }: LegacyRelationship): Item & ItemKey {
  const pk = partitionOf(relationshipId);
  const isKey = version.length <= SORT_KEY_CHARACTERS_MAX && canBeKey({ pk, sk: version });
  const sk = isKey ? version : `${version.slice(0, SEQUENCE_CHARACTERS)}/${hash('sha256', version)}`;
  return { pk, sk, version, follower: followerId, followee: followeeId };
}

function versionOf(relationshipId: string, { version, follower, followee }: Item): LegacyRelationship {
  return {
    relationshipId,
    version: version as string,
    followerId: follower as string,
    followeeId: followee as string,
  };
}
