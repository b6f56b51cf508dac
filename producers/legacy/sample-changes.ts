import type { JsonObject } from '../../events/json-object.ts';

// Change-stream documents in relaxed Extended JSON, for tests and for the lineage of the catalog, which runs the door on
// them. Each call returns a later one than the call before.

export const ADA = 'ada000000000000000000000';
export const BOB = 'b0b000000000000000000000';
export const CAT = 'ca7000000000000000000000';
export const EDGE = 'ed6e00000000000000000000';
export const YUBL = 'fab100000000000000000000';

const START_SECONDS = 1_456_124_520;
let count = 0;

export function change(collection: string, operationType: string, more: JsonObject = {}): JsonObject {
  count += 1;
  const seconds = START_SECONDS + count;
  return {
    _id: { _data: `82${seconds.toString(16)}${String(count).padStart(8, '0')}` },
    operationType,
    clusterTime: { $timestamp: { t: seconds, i: 1 } },
    wallTime: { $date: new Date(seconds * 1000).toISOString() },
    ns: { db: 'yubl', coll: collection },
    ...more,
  };
}

function key(id: string): JsonObject {
  return { documentKey: { _id: { $oid: id } } };
}

/** An insert or a replacement. */
export function whole(collection: string, operation: 'insert' | 'replace', document: JsonObject): JsonObject {
  return change(collection, operation, { documentKey: { _id: document['_id'] }, fullDocument: document });
}

export function update(collection: string, id: string, updateDescription: JsonObject): JsonObject {
  return change(collection, 'update', { ...key(id), updateDescription });
}

export function removal(collection: string, id: string, more: JsonObject = {}): JsonObject {
  return change(collection, 'delete', { ...key(id), ...more });
}

export function user(more: JsonObject = {}): JsonObject {
  return { _id: { $oid: ADA }, userName: 'ada_l', createdAt: { $date: '2016-02-22T07:02:00.000Z' }, ...more };
}

export function relationship(follower: string, followee: string, more: JsonObject = {}): JsonObject {
  return {
    _id: { $oid: EDGE },
    follower: { $oid: follower },
    followee: { $oid: followee },
    createdAt: { $date: '2016-02-22T07:03:00.000Z' },
    ...more,
  };
}

export function yubl(more: JsonObject = {}): JsonObject {
  return {
    _id: { $oid: YUBL },
    userId: { $oid: ADA },
    text: 'thats right',
    postedAt: { $date: '2016-02-22T07:04:00.000Z' },
    ...more,
  };
}

/** The same document without one of its fields. */
export function without(document: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([one]) => one !== name));
}
