import { describe, expect, test } from 'vitest';
import { openS3EventArchive } from '../../../adapters/aws/s3/event-archive.ts';
import { bucketUnderTest } from '../../../testing/aws/bucket-under-test.ts';
import { awsUnderTest } from '../../../testing/aws/emulated.ts';
import type { EventEnvelope } from '../../../events/envelope.ts';
import { idOf, sampleEvent } from '../../../ports/contracts/sample-events.ts';
import { catalogUpcasters } from '../../../schema-registry/catalog-upcasters.ts';
import { projectionNamed } from '../../projections/registry.ts';
import { awsFeed, feedEntry, pulledYubl } from '../projections/feed.ts';
import { parseAwsSettings } from '../settings.ts';
import { type DryRun, estimateRebuildOnAws } from './dry-run.ts';

const settings = parseAwsSettings({ FIGTREE_CELEBRITY_FOLLOWERS: '1' });
const [ada, bob, eve] = [idOf(1), idOf(2), idOf(3)];
const at = '2016-02-22T07:02:00.000Z';

const follow = (followerId: string, followeeId: string, type: 'followed' | 'unfollowed' = 'followed') => {
  const data = { relationshipId: idOf(77), followerId, followeeId };
  const followed = type === 'followed' ? { ...data, followedAt: at } : data;
  return sampleEvent(
    { type },
    {
      partitionkey: followerId,
      subject: idOf(77),
      data: followed,
    },
  );
};
let yubls = 100;
const post = (authorId: string) => {
  const yublId = idOf((yubls += 1));
  const data = { yublId, authorId, text: 'text', postedAt: at };
  return sampleEvent({}, { partitionkey: yublId, subject: yublId, data });
};

const aws = awsUnderTest('s3');
describe.skipIf(aws.skipReason)('a dry run', () => {
  const { client, bucket, newPart } = bucketUnderTest(aws);

  async function estimateOf(texts: readonly string[], more: Pick<DryRun, 'projection'> & Partial<DryRun>) {
    const { prefix, remove } = newPart();
    const archive = openS3EventArchive({ client, bucket, prefix });
    await archive.put(
      texts.map((text, index) => ({
        shardId: 'shardId-000000000000',
        seq: String(index + 1),
        arrivedAt: at,
        partitionKey: text.startsWith('{') ? (JSON.parse(text) as EventEnvelope).partitionkey : 'key',
        data: Buffer.from(text),
      })),
    );
    try {
      const { signal } = new AbortController();
      const upcasters = catalogUpcasters();
      const part = await projectionNamed(more.projection).aws.load();
      return await estimateRebuildOnAws({ part, archive, upcasters, settings, signal, ...more });
    } finally {
      await remove();
    }
  }
  const asText = (events: readonly EventEnvelope[]) => events.map((event) => JSON.stringify(event));

  test('counts the events for the projection, the entries of followers’ feeds, and their cost', async () => {
    const events = [
      post(ada),
      follow(bob, ada),
      post(ada),
      follow(eve, ada),
      post(ada),
      follow(eve, ada, 'unfollowed'),
      post(ada),
      sampleEvent({ type: 'user-joined', key: 4 }),
    ];
    const estimate = await estimateOf([...asText(events), 'no JSON'], { projection: 'feed', writeUnitsPerSecond: 10 });
    expect(estimate.events).toEqual({ 'yubl-posted': 4, followed: 2, unfollowed: 1 });
    // Feed entries: none, bob's, none above the threshold, and bob's again.
    expect(estimate).toMatchObject({ feedEntries: 2, refused: 1, objects: 1 });
    const units = await awsFeed.units();
    const writeUnits =
      3 * (units['yubl-posted']?.writeUnits ?? 0) +
      pulledYubl.writeUnits +
      2 * (units.followed?.writeUnits ?? 0) +
      (units.unfollowed?.writeUnits ?? 0) +
      2 * feedEntry.writeUnits;
    expect(estimate.writeUnits).toBeCloseTo(writeUnits);
    expect(estimate.seconds).toBeCloseTo(writeUnits / 10);
    expect(estimate.dollars).toBeGreaterThan((writeUnits * 0.625) / 1e6);
  });

  test('leaves out the events of other projections', async () => {
    const events = [post(ada), follow(bob, ada), sampleEvent({ type: 'user-joined', key: 4 })];
    const estimate = await estimateOf(asText(events), { projection: 'relationships' });
    expect(estimate.events).toEqual({ followed: 1, 'user-joined': 1 });
    expect(estimate).toMatchObject({ feedEntries: 0, refused: 0 });
    expect(estimate.seconds).toBeUndefined();
  });

  test('is zero for an empty archive', async () => {
    expect(await estimateOf([], { projection: 'search' })).toMatchObject({ events: {}, writeUnits: 0, dollars: 0 });
  });
});
