import type { EventType } from '../../../events/catalog.ts';
import type { JsonObject } from '../../../events/json-object.ts';
import { catalogUpcasters } from '../../../schema-registry/catalog-upcasters.ts';
import type { Producer } from '../../../schema-registry/documents/lineage.ts';
import { generateSamples } from '../../../schema-registry/samples/sample-generator.ts';
import { sampleSource } from '../../../schema-registry/samples/sample-source.ts';
import type { CurrentCode } from '../../../schema-registry/stored-reading.ts';
import { NO_CORRELATION } from '../../../producers/build-event.ts';
import type { DoorReader } from '../../../producers/door-reader.ts';
import { type Collection, collections, type Operation, operations } from '../../../producers/legacy/change.ts';
import { legacyDoor } from '../../../producers/legacy/legacy-door.ts';
import * as samples from '../../../producers/legacy/sample-changes.ts';
import { createHybridClock } from '../../../producers/publish/hybrid-clock.ts';
import { publishDoor } from '../../../producers/publish/publish-door.ts';

export type ProducersByType = ReadonlyMap<string, readonly Producer[]>;

/** Finds what publishes each event, by sending samples to both entry points: every operation on every collection to the one
 *  for legacy changes, and every event to the other. */
export async function eventProducers(code: CurrentCode): Promise<ProducersByType> {
  const found = new Map<string, Producer[]>();
  const add = (type: string, producer: Producer) => void found.set(type, [...(found.get(type) ?? []), producer]);
  for (const collection of collections) {
    for (const operation of operations) {
      for (const type of await typesOf(legacy, changes(collection, operation))) {
        add(type, { door: 'legacy', change: `${operation} of ${collection}` });
      }
    }
  }
  const door = publishDoor({ clock: createHybridClock(Date.now), now: Date.now, upcasters: catalogUpcasters() });
  for (const type of code.current.keys()) {
    const [sample] = generateSamples(sampleSource(type, undefined, { code, frozen: [] }), { seed: 1, count: 1 });
    const event = { specversion: '1.0', id: 'lineage', source: 'urn:example:lineage', type, data: sample?.data };
    for (const taken of await typesOf(door, [event])) add(taken, { door: 'events' });
  }
  return found;
}

// The pre-image names both users of a relationship, so nothing has to be remembered.
const legacy = legacyDoor({ remember: async () => {}, recall: async () => new Map() });

async function typesOf(door: DoorReader, documents: readonly unknown[]): Promise<Set<EventType>> {
  const items = documents.map((document) => ({ text: JSON.stringify(document) }));
  const { readings } = await door.read(items, NO_CORRELATION);
  const events = readings.flatMap((reading) => (reading.kind === 'events' ? reading.events : []));
  return new Set(events.map(({ type }) => type));
}

const documents: Readonly<Record<Collection, JsonObject>> = {
  users: samples.user({ firstName: 'Ada', lastName: 'Lovelace' }),
  relationships: samples.relationship(samples.ADA, samples.BOB),
  yubls: samples.yubl(),
};

/** Every change of this kind: of a whole document, and of each field by itself. */
function changes(collection: Collection, operation: Operation): JsonObject[] {
  const document = documents[collection];
  const before = { fullDocumentBeforeChange: document };
  const id = (document['_id'] as { $oid: string }).$oid;
  const fields = Object.entries(document).filter(([name]) => name !== '_id');
  const others = fields.map(([name, value]): [string, unknown] => [name, otherThan(value)]);
  switch (operation) {
    case 'insert':
      return [samples.whole(collection, operation, document)];
    case 'replace':
      return others.map(([name, value]) => ({
        ...samples.whole(collection, operation, { ...document, [name]: value }),
        ...before,
      }));
    case 'update':
      return [
        ...others.map(([name, value]) => ({ updatedFields: { [name]: value } })),
        ...fields.map(([name]) => ({ removedFields: [name] })),
      ].map((description) => ({ ...samples.update(collection, id, description), ...before }));
    case 'delete':
      return [samples.removal(collection, id, before)];
  }
}

function otherThan(value: unknown): unknown {
  if (typeof value === 'string') return `${value} again`;
  return typeof value === 'object' && value !== null && '$oid' in value
    ? { $oid: samples.CAT }
    : { $date: '2017-01-01T00:00:00.000Z' };
}
