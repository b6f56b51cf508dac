import { FigtreeError } from '../../../../events/errors.ts';
import type { FannedOutYubl, FollowerBatch } from '../../../../ports/fan-out.ts';
import type { FeedStore, FollowerPage, FollowersPlace } from '../../../../ports/feed-store.ts';
import { copyKey, entryKey, followersOf, placeOf } from './items.ts';
import type { PulledAuthors } from './pulled.ts';
import type { DynamoTable } from '../dynamo-table.ts';

/** A batch of this store: ids of followers, twelve bytes each, in base64. As JSON, 250 of them are 4 KB. */
interface PackedFollowers extends FollowerBatch {
  readonly ids: string;
}

type FanningOut = Pick<FeedStore, 'followerCount' | 'followersOf' | 'pullAuthor' | 'addToFeeds'>;

/** From an author to the followers' feeds. */
export function dynamoFeedFanOut(table: DynamoTable, pulled: PulledAuthors): FanningOut {
  return {
    // For a pulled author the count is always `countMax`, which saves counting.
    async followerCount(authorId, countMax) {
      if (await pulled.has(authorId)) return countMax;
      let count = 0;
      for await (const page of table.query({ ...followersOf(authorId), pageSize: countMax, consistent: false })) {
        count += page.length;
        if (count >= countMax) return countMax;
      }
      return count;
    },

    async followersOf({ authorId, sequence }, sizeMax, from?: FollowersPlace): Promise<FollowerPage> {
      const query = {
        ...followersOf(authorId),
        pageSize: sizeMax,
        filter: { expression: 's < :sequence', values: { ':sequence': sequence } },
        ...(from !== undefined && { after: copyKey(String(from), authorId) }),
      };
      const followers: string[] = [];
      for await (const page of table.query(query)) {
        for (const { sk } of page) {
          followers.push(sk);
          // Without checking whether there are more: that would cost a request per batch.
          if (followers.length === sizeMax) return { batch: packed(followers), next: sk };
        }
      }
      return { batch: packed(followers) };
    },

    pullAuthor: (authorId) => pulled.add(authorId),

    // Puts without conditions: an existing entry is overwritten with the same content, and each costs one unit.
    async addToFeeds(yubl: FannedOutYubl, followers) {
      const place = placeOf(yubl);
      const written = unpacked(followers).map((id) => table.write({ ...entryKey(id, place), a: yubl.authorId }));
      await Promise.all(written);
    },
  };
}

const ID_DIGITS = 24;

function packed(followers: readonly string[]): PackedFollowers {
  return { size: followers.length, ids: Buffer.from(followers.join(''), 'hex').toString('base64') };
}

function unpacked(followers: FollowerBatch): string[] {
  const { size, ids } = followers as Partial<PackedFollowers>;
  const digits = typeof ids === 'string' ? Buffer.from(ids, 'base64').toString('hex') : '';
  const unpackedIds = digits.match(new RegExp(`.{${ID_DIGITS}}`, 'g')) ?? [];
  if (digits.length === 0 || unpackedIds.length !== size || digits.length !== size * ID_DIGITS) {
    throw new FigtreeError('EVENT_INVALID', 'a batch of followers does not match what the feed table returned', {
      size,
    });
  }
  return unpackedIds;
}
