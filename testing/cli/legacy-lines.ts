// A small history as published by the legacy monolith, for tests: written by hand, so that its counts are known.

const SECONDS = 1_700_000_000;

export function objectId(number: number): string {
  return number.toString(16).padStart(24, '0');
}

interface Document {
  readonly collection: 'users' | 'relationships' | 'yubls';
  readonly id: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One MongoDB change-stream document as a line without its end; `order` is its place in the source. */
export function insertLine(order: number, { collection, id, fields }: Document): string {
  const wallTime = { $date: new Date(SECONDS * 1000 + order).toISOString() };
  const key = { _id: { $oid: objectId(id) } };
  return JSON.stringify({
    _id: { _data: `82${order.toString(16).padStart(12, '0')}` },
    operationType: 'insert',
    clusterTime: { $timestamp: { t: SECONDS, i: order } },
    wallTime,
    ns: { db: 'yubl', coll: collection },
    documentKey: key,
    fullDocument: { ...key, ...fields },
  });
}

const date = (order: number) => ({ $date: new Date(SECONDS * 1000 + order).toISOString() });
const oid = (id: number) => ({ $oid: objectId(id) });

/** User 1 is followed by users 2 and 3 and then posts `yubls` yubls: 5 + yubls lines, 2 * yubls feed entries. */
export function smallHistory(yubls: number): string[] {
  const users = [1, 2, 3].map((id) =>
    insertLine(id, { collection: 'users', id, fields: { userName: `user_${id}`, createdAt: date(id) } }),
  );
  const follows = [2, 3].map((id) =>
    insertLine(id + 10, {
      collection: 'relationships',
      id: id + 100,
      fields: { follower: oid(id), followee: oid(1), createdAt: date(id + 10) },
    }),
  );
  const posted = Array.from({ length: yubls }, (_, index) => {
    const order = 100 + index;
    const fields = { userId: oid(1), text: `yubl number ${index}`, postedAt: date(order) };
    return insertLine(order, { collection: 'yubls', id: 10_000 + index, fields });
  });
  return [...users, ...follows, ...posted];
}
