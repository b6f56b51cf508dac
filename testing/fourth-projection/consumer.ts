import type { Consumer } from '../../consumers/runtime/consumer.ts';

/** Leaving and deleting are final, in whatever order events come. */
export interface ActivityStore {
  join(userId: string, userName: string): Promise<void> | void;
  leave(userId: string): Promise<void> | void;
  post(yublId: string, authorId: string): Promise<void> | void;
  remove(yublId: string): Promise<void> | void;
}

export interface Activity {
  readonly userId: string;
  readonly userName: string;
  readonly yubls: number;
}

export interface ActivityReader {
  /** Undefined for one who has not joined, or has left. */
  activity(userId: string): Promise<Activity | undefined>;
}

/** Counts what users post. */
export function countActivity(store: ActivityStore): Consumer {
  return {
    name: 'count-activity',
    on: {
      'user-joined': ({ data }) => done(store.join(data.userId, data.userName)),
      'user-left': ({ data }) => done(store.leave(data.userId)),
      'yubl-posted': ({ data }) => done(store.post(data.yublId, data.authorId)),
      'yubl-deleted': ({ data }) => done(store.remove(data.yublId)),
    },
  };
}

async function done(storing: Promise<void> | void): Promise<void> {
  await storing;
}
