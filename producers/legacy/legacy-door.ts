import type { LegacyMemory, LegacyRelationship } from '../../ports/legacy-memory.ts';
import { type DoorReader, readEach, readSafely } from '../door-reader.ts';
import { expected } from '../../events/reading/findings.ts';
import { IGNORED, type Reading, type Refused, refused } from '../reading.ts';
import { type Change, databaseOf, isOfOtherDatabase, readChange } from './change.ts';
import { changeEvents } from './change-events.ts';
import { createRepeatedChanges, type RepeatedChanges } from './repeated-changes.ts';
import { needsMemory, mapRelationshipChange, type RelationshipMapping, versionOfChange } from './relationships.ts';
import { mapUserChange } from './users.ts';
import { mapYublChange } from './yubls.ts';

export interface LegacyDoorOptions {
  /** Changes of other databases are ignored, and one without a database is refused. Absent: databases are not
   *  checked. */
  readonly database?: string | undefined;
}

/** The strangler's entry point: change-stream documents become events of the catalog. */
export function legacyDoor(memory: LegacyMemory, { database }: LegacyDoorOptions = {}): DoorReader {
  const deliveries = new WeakMap<object, RepeatedChanges>();

  function repeatedIn(delivery: object): RepeatedChanges {
    const known = deliveries.get(delivery) ?? createRepeatedChanges();
    deliveries.set(delivery, known);
    return known;
  }

  return {
    async read(items, correlation, delivery = {}) {
      const repeated = repeatedIn(delivery);
      const remembered = new Map<string, LegacyRelationship[]>();
      const waiting: { readonly index: number; readonly change: Change }[] = [];

      function map(change: Change, index: number, versions: readonly LegacyRelationship[] = []): Reading {
        const carried = items[index]?.arrival?.correlation ?? correlation;
        if (change.collection === 'users') return changeEvents(change, mapUserChange(change), carried);
        if (change.collection === 'yubls') return changeEvents(change, mapYublChange(change), carried);
        const mapped = mapRelationshipChange(change, versions);
        const version = toRemember(change, mapped);
        if (version !== undefined) {
          const ofDocument = remembered.get(version.relationshipId);
          if (ofDocument === undefined) remembered.set(version.relationshipId, [version]);
          else ofDocument.push(version);
        }
        return changeEvents(change, mapped.mapping, carried);
      }

      const readings = readEach(items, (value, index) => {
        if (database !== undefined && isOfOtherDatabase(value, database)) return IGNORED;
        const read = readChange(value);
        if (read.kind === 'refused') return read;
        if (database !== undefined && databaseOf(value) !== database) return withoutDatabase(read, value);
        const change = repeated.tellApart(read);
        if (!needsMemory(change)) return map(change, index);
        waiting.push({ index, change });
        return IGNORED;
      });
      if (waiting.length > 0) {
        // Includes what the same batch says. Versions are compared, so its order does not matter.
        const known = await memory.recall([...new Set(waiting.map(({ change }) => change.documentId))]);
        for (const { index, change } of waiting) {
          const versions = [...(known.get(change.documentId) ?? []), ...(remembered.get(change.documentId) ?? [])];
          readings[index] = readSafely(() => map(change, index, versions));
        }
      }
      return { readings, remembered: [...remembered.values()].flat() };
    },
  };
}

function withoutDatabase({ id }: Change, value: unknown): Refused {
  const path = 'ns.db';
  const { message } = expected(path, 'the name of a database', databaseOf(value));
  return refused({ code: 'CHANGE_INVALID', path, message: `${path} ${message}` }, id);
}

function toRemember(change: Change, { pair }: RelationshipMapping): LegacyRelationship | undefined {
  if (pair === undefined || change.documentId === '' || change.sequence === '') return undefined;
  return { relationshipId: change.documentId, version: versionOfChange(change), ...pair };
}
