import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import { awsUnderTest } from '../../testing/aws/emulated.ts';
import { openArchive } from '../../apps/aws/functions/archive-events.ts';
import { distributeYublFunction } from '../../apps/aws/functions/distribute-yubl.ts';
import { indexSearchFunction } from '../../apps/aws/functions/index-search.ts';
import { trackRelationshipsFunction } from '../../apps/aws/functions/track-relationships.ts';
import { rebuildPartsOf } from '../../apps/aws/rebuild/open-projection-version.ts';
import { rebuildOnAws } from '../../apps/aws/rebuild/rebuild.ts';
import type { AwsRebuildProgress } from '../../apps/aws/rebuild/work.ts';
import { seededRandom } from '../../apps/seeded-random.ts';
import { defined } from '../../events/defined.ts';
import type { EventEnvelope, RecordedEvent } from '../../events/envelope.ts';
import { sequenceOf } from '../../events/sequence.ts';
import { recordedEvent } from '../../ports/contracts/histories.ts';
import { askEngine } from '../answers.ts';
import { histories, questions } from '../histories.ts';
import { naiveAnswers } from '../naive-model.ts';
import { type AwsEngine, openAwsEngine, refreshed } from './aws-engine.ts';

// All three projections are rebuilt as by the command line, with the parts of the functions, and after each step
// everything that the naive model knows is queried.

const aws = awsUnderTest('dynamodb');
const opensearch = awsUnderTest('opensearch');
const skipReason = aws.skipReason ?? opensearch.skipReason;
const runs = randomRuns(2);
const folder = mkdtempSync(join(tmpdir(), 'figtree-exports-'));
afterAll(() => rmSync(folder, { recursive: true }));
const FEED_LENGTH = 20;

// What the stream has expired since: a user has followed. The resulting entries are in the stream, and only fan-out
// adds them to the follower's feed; while the stream still has a follow, a rebuild applies it again, and fills the feed
// from the past.
const [FAN = '', AUTHOR = '', YUBL = ''] = [1, 2, 3].map((number) => (70_000 + number).toString(16).padStart(24, '0'));
const at = (position: number) => ({ sequence: sequenceOf(1_456_200_000 + position, 1), position: 70_000 + position });
const now = '2016-02-23T04:00:00.000Z';
const FORGOTTEN = [
  recordedEvent('user-joined', { userId: AUTHOR, userName: 'Ada', joinedAt: now }, at(1)),
  recordedEvent('followed', { relationshipId: YUBL, followerId: FAN, followeeId: AUTHOR, followedAt: now }, at(2)),
].map(published);
const LATER = published(
  recordedEvent('yubl-posted', { yublId: YUBL, authorId: AUTHOR, text: 'good morning', postedAt: now }, at(3)),
);
const asked: typeof questions = {
  ...questions,
  userIds: [...questions.userIds, FAN, AUTHOR],
  yublIds: [...questions.yublIds, YUBL],
};

// Those that are asked below.
const REBUILT = ['feed', 'relationships', 'search'];

describe.skipIf(skipReason !== undefined)('rebuilds of feed, relationships and search', () => {
  test.each([
    ['where everybody is fanned out', 10_000],
    ['where feeds pull every author with a follower', 1],
  ])(
    'answer as the naive model, and so does what was live before, after a rollback: %s',
    async (_, celebrityFollowers) => {
      await fc.assert(
        fc.asyncProperty(histories, fc.integer(), async ({ arrival }, seed) => {
          const settings = { feedLength: FEED_LENGTH, celebrityFollowers };
          const engine = await openAwsEngine({ aws, opensearch, settings });
          try {
            const random = seededRandom(seed);
            const cuts = [random(), random(), random()]
              .toSorted((a, b) => a - b)
              .map((cut) => Math.floor(cut * arrival.length));
            const [archived = [], streamed = [], afterwards = [], last = []] = partsOf(arrival, cuts);

            await takeLongAgo(engine, FORGOTTEN);
            await take(engine, archived);
            await archiveAll(engine);
            await take(engine, [...streamed, LATER]);
            await expectAnswers(engine, [...archived, ...streamed]);

            const exported = exportedAnswers(folder, [...archived, ...streamed]);
            const versions = await rebuildAll(engine, 'rebuild', exported);
            expect(versions).not.toContain('1');
            await expectAnswers(engine, [...archived, ...streamed]);
            await take(engine, afterwards);
            await expectAnswers(engine, [...archived, ...streamed, ...afterwards]);

            expect(await rebuildAll(engine, 'rollback')).toEqual(['1', '1', '1']);
            await take(engine, last);
            await expectAnswers(engine, arrival);
          } finally {
            await engine.close();
          }
        }),
        // A run takes most of a minute, by the clocks that a rebuild waits for, so failures are not shrunk.
        { numRuns: runs, endOnFailure: true },
      );
    },
    900_000,
  );
});

/** What the naive model answers, as exports of another system, by projection. */
function exportedAnswers(into: string, taken: readonly EventEnvelope[]): Readonly<Record<string, string>> {
  const answers = naiveAnswers([...FORGOTTEN, LATER, ...taken], FEED_LENGTH, asked);
  const idsOf = (list: readonly { readonly userId: string }[] = []) => list.map(({ userId }) => userId);
  const lines = {
    feed: asked.userIds.map((userId) => ({ userId, items: answers.feeds[userId]?.map(({ yublId }) => yublId) })),
    relationships: asked.userIds.map((userId) => ({
      userId,
      followers: idsOf(answers.followers[userId]),
      following: idsOf(answers.following[userId]),
    })),
    search: asked.words.map((query) => ({ query, yubls: answers.yublsFound[query] })),
  };
  return Object.fromEntries(
    Object.entries(lines).map(([projection, documents]) => {
      const path = join(into, `${projection}.ndjson`);
      writeFileSync(path, documents.map((document) => `${JSON.stringify(document)}\n`).join(''));
      return [projection, path];
    }),
  );
}

/** Returns the versions that are live afterwards. Rebuilds go live only if they answer as the exports. */
async function rebuildAll(
  { aws: resources }: AwsEngine,
  kind: 'rebuild' | 'rollback',
  exported?: Readonly<Record<string, string>>,
): Promise<string[]> {
  const { signal } = new AbortController();
  return await Promise.all(
    REBUILT.map(async (projection) => {
      // Nothing writes meanwhile.
      const ends = new Set<string | undefined>();
      const onProgress = ({ stage, doneAt }: AwsRebuildProgress) => void (stage === 'settling' && ends.add(doneAt));
      const against = exported?.[projection];
      const gate = against === undefined ? undefined : { percent: 100, against };
      const options = { projection, kind, functionMs: 0, signal, onProgress, ...defined({ gate }) } as const;
      const { state, done } = await rebuildOnAws(rebuildPartsOf(resources), options);
      expect([state.verified?.matchPercent, state.verified?.verification?.live]).toEqual(
        gate === undefined ? [undefined, undefined] : [100, 'not comparable'],
      );
      // From the first moment, and the one reported from then on.
      expect([...ends].map((end) => end && Date.parse(end) > Date.parse(state.flippedAt ?? ''))).toEqual([
        undefined,
        true,
      ]);
      expect([done, state.stage, state.counts.refused, state.counts.skipped]).toEqual([true, 'done', 0, 0]);
      const live = await resources.versions.now(projection);
      expect(live).toBe(state.version);
      return live;
    }),
  );
}

async function archiveAll({ aws: resources }: AwsEngine): Promise<void> {
  const archive = openArchive(resources);
  const stretch = { from: 'start', upTo: new Date(), signal: new AbortController().signal } as const;
  for await (const { records } of rebuildPartsOf(resources).stream.read(stretch)) await archive.put(records);
}

async function take(engine: AwsEngine, events: readonly EventEnvelope[]): Promise<void> {
  if (events.length === 0) return;
  const { status } = await engine.post('/events', events.map((event) => JSON.stringify(event)).join('\n'));
  expect(status).toBe(202);
  await engine.drain();
}

/** Functions have received them, and the archive has them. */
async function takeLongAgo({ aws: resources }: AwsEngine, events: readonly EventEnvelope[]): Promise<void> {
  const records = events.map((event, index) => ({
    shardId: 'shardId-000000000000',
    seq: String(index + 1),
    arrivedAt: now,
    partitionKey: event.partitionkey,
    data: Buffer.from(JSON.stringify(event)),
  }));
  await openArchive(resources).put(records);
  for (const functionOf of [distributeYublFunction, trackRelationshipsFunction, indexSearchFunction]) {
    const Records = records.map(({ shardId, seq: sequenceNumber, partitionKey, data }) => ({
      eventID: `${shardId}:${sequenceNumber}`,
      eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/events',
      kinesis: {
        partitionKey,
        sequenceNumber,
        data: data.toString('base64'),
        approximateArrivalTimestamp: 1_456_200_000,
      },
    }));
    const answer = await functionOf(resources)({ Records }, { getRemainingTimeInMillis: () => 60_000 });
    expect(answer).toEqual({ batchItemFailures: [] });
  }
}

function published({ position: _position, recordedtime: _recordedtime, ...envelope }: RecordedEvent): EventEnvelope {
  return envelope;
}

async function expectAnswers(engine: AwsEngine, taken: readonly EventEnvelope[]): Promise<void> {
  await refreshed(engine);
  const events = [...FORGOTTEN, LATER, ...taken];
  expect(await askEngine(engine.readers, asked, 50)).toEqual(naiveAnswers(events, FEED_LENGTH, asked));
}

function partsOf<Item>(items: readonly Item[], cuts: readonly number[]): Item[][] {
  return [...cuts, items.length].map((cut, index) => items.slice(cuts[index - 1] ?? 0, cut));
}
