import { auditFeedTable } from '../../../adapters/aws/dynamo/feed/audit.ts';
import { userKey } from '../../../adapters/aws/dynamo/feed/items.ts';
import { openDynamoFeedStore } from '../../../adapters/aws/dynamo/feed/store.ts';
import { addToFeed } from '../../../consumers/add-to-feed.ts';
import { distributeYubl } from '../../../consumers/distribute-yubl.ts';
import { maintainFeed } from '../../../consumers/maintain-feed.ts';
import { untracedFanOut } from '../../../consumers/runtime/in-transaction-fan-out.ts';
import { FOLLOWERS_PER_BATCH, feedConsumers } from '../functions/distribute-yubl.ts';
import { openFeedReader } from '../functions/get-feed.ts';
import { units } from '../prices/units.ts';
import type { AwsProjection, FurtherCost } from '../projection.ts';

const yublPosted = units(6, 2.6, 4.1);

export const awsFeed: AwsProjection = {
  streamConsumers: feedConsumers,
  rebuildConsumers({ settings: { celebrityFollowers } }, table) {
    const store = openDynamoFeedStore(table);
    // Directly, and not through the topic, which leads to the live tables.
    const fanOut = untracedFanOut(addToFeed(store));
    const options = { celebrityFollowers, batchSizeMax: FOLLOWERS_PER_BATCH };
    return [maintainFeed(store), distributeYubl(store, fanOut, options)];
  },
  openReader: openFeedReader,
  keys: {
    filter: {
      expression: 'begins_with(pk, :user) AND attribute_not_exists(gone)',
      values: { ':user': userKey('').pk },
    },
    keyOf: ({ pk }) => pk.slice(userKey('').pk.length),
  },
  audit: ({ table, version }, options) => auditFeedTable(table, { ...options, seed: version }),
  units: () => ({
    'yubl-posted': yublPosted,
    'yubl-deleted': units(6, 1, 2),
    followed: units(2, 3, 5),
    unfollowed: units(2, 2, 4),
    'user-left': units(13, 4, 8),
  }),
  furtherCost: fanOutCost,
};

/** One follower's feed entry for one yubl. */
export const feedEntry = units(1, 0.01, 0.04);
/** A yubl of an author whose followers pull it. */
export const pulledYubl = units(6, 2, 3);

/** Counts followers by follows and unfollows, assuming that neither is repeated: one number for each user who was ever
 *  followed. */
function fanOutCost({ celebrityFollowers }: { readonly celebrityFollowers: number }): FurtherCost {
  const followers = new Map<string, number>();
  let [feedEntries, pulled] = [0, 0];
  return {
    count(event) {
      if (event.type === 'followed' || event.type === 'unfollowed') {
        const { followeeId } = event.data;
        const change = event.type === 'followed' ? 1 : -1;
        followers.set(followeeId, Math.max(0, (followers.get(followeeId) ?? 0) + change));
      } else if (event.type === 'yubl-posted') {
        const count = followers.get(event.data.authorId) ?? 0;
        if (count > celebrityFollowers) pulled += 1;
        else feedEntries += count;
      }
    },
    counted: () => ({
      feedEntries,
      units: [
        [feedEntry, feedEntries],
        [pulledYubl, pulled],
        [yublPosted, -pulled],
      ],
    }),
  };
}
