import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openS3EventArchive } from '../../../adapters/aws/s3/event-archive.ts';
import { bucketUnderTest } from '../../../testing/aws/bucket-under-test.ts';
import { awsUnderTest } from '../../../testing/aws/emulated.ts';
import type { EventEnvelope } from '../../../events/envelope.ts';
import { sequenceOf } from '../../../events/sequence.ts';
import type { ArchivedRecord } from '../../../ports/event-archive.ts';
import { personIds, recordedEvent } from '../../../ports/contracts/histories.ts';
import { relationshipsModel } from '../../../projections/relationships/relationships.model.ts';
import { seededRandom } from '../../seeded-random.ts';
import { type AwsRebuildOutcome, rebuildOnAws } from './rebuild.ts';
import type { AwsRebuildOptions } from './work.ts';
import { rebuildParts, type RebuildPlace } from '../../../testing/aws-engine/rebuild-place.ts';
import { FUNCTION_MS, openRebuildWorld, type RebuildWorld } from '../../../testing/aws-engine/rebuild-world.ts';

// A projection is rebuilt from S3 and Kinesis while functions write it, by processes that are killed, and then matches the naive
// model.

const FORGOTTEN = 60;
const ARCHIVED = 40;
const LATE = 10;

const dynamo = awsUnderTest('dynamodb');
const kinesis = awsUnderTest('kinesis');
const s3 = awsUnderTest('s3');

describe.skipIf(dynamo.skipReason ?? kinesis.skipReason ?? s3.skipReason)('a rebuild from S3 and Kinesis', () => {
  const { client, bucket, newPart } = bucketUnderTest(s3);
  const part = newPart();
  const place: RebuildPlace = {
    config: { dynamo: dynamo.config, kinesis: kinesis.config, s3: s3.config },
    tables: dynamo.newName(),
    stream: `${kinesis.newName()}-events`,
    bucket,
    prefix: part.prefix,
  };
  const source = relationshipEvents(7);
  const published: EventEnvelope[] = [];
  let world: RebuildWorld;

  const next = (count: number) => Array.from({ length: count }, () => source.next().value as EventEnvelope);
  async function publish(events: readonly EventEnvelope[]): Promise<void> {
    for (const event of events) {
      published.push(event);
      await world.publish(event);
    }
  }

  beforeAll(async () => {
    world = await openRebuildWorld(place);
    const archive = openS3EventArchive({ client, bucket, prefix: part.prefix });
    // Events that have expired from the stream, events in both, and events that are not archived yet.
    const forgotten = next(FORGOTTEN);
    published.push(...forgotten);
    await archive.put(forgotten.map(longAgo));
    await world.applied(forgotten);
    await publish(next(ARCHIVED));
    const { signal } = new AbortController();
    const stretch = { from: 'start', upTo: new Date(), signal } as const;
    for await (const { records } of rebuildParts(place).stream.read(stretch)) await archive.put(records);
    await publish(next(LATE));
    await world.quiet();
  });
  afterAll(async () => {
    await part.remove();
    await world.remove(['1', await world.live()]);
  });

  const asked = {
    projection: 'relationships',
    kind: 'rebuild',
    functionMs: FUNCTION_MS,
  } as const;

  async function rebuild(more: Partial<AwsRebuildOptions> = {}): Promise<AwsRebuildOutcome> {
    return rebuildOnAws(rebuildParts(place), { ...asked, signal: new AbortController().signal, ...more });
  }

  /** Expires the lease of a killed process. */
  async function waitedFor(): Promise<void> {
    const key = { pk: 'rebuild', sk: asked.projection };
    await expect(rebuild()).rejects.toMatchObject({ code: 'REBUILD_RUNNING' });
    const values = { ':past': 1 };
    const lapsed = { update: 'SET heldUntil = :past', condition: 'heldUntil > :past', values };
    expect(await rebuildParts(place).control.update(key, lapsed)).toBe(true);
  }

  /** Keeps functions busy until `work` has finished, and a little longer. */
  async function besideWriters<Result>(work: Promise<Result>): Promise<Result> {
    let isOver = false;
    const over = work.finally(() => (isOver = true));
    over.catch(() => {});
    while (!isOver) {
      await publish(next(1));
      await sleep(60);
    }
    const result = await over;
    await publish(next(5));
    await world.quiet();
    return result;
  }

  async function expectModel(version: string): Promise<void> {
    const model = relationshipsModel(published);
    const reader = world.reader(version);
    const people = new Set(published.flatMap(({ data }) => ('userId' in data ? data.userId : [])));
    for (const userId of people) {
      expect(await reader.user(userId), userId).toEqual(model.user(userId));
      expect((await reader.followers(userId, { limit: 100 })).items, userId).toEqual(model.followers(userId));
      expect((await reader.following(userId, { limit: 100 })).items, userId).toEqual(model.following(userId));
    }
    expect(await reader.totals()).toEqual(model.totals());
  }

  test('matches the model although functions write meanwhile and its process is killed often', async () => {
    const killing = async () => {
      for (const stage of ['tables', 'stream', 'verify', 'settling']) {
        await killedAt(place, asked, stage);
        await waitedFor();
      }
      return rebuild();
    };
    const { state, resumed, done } = await besideWriters(killing());
    expect({ resumed, done, stage: state.stage }).toEqual({ resumed: true, done: true, stage: 'done' });
    expect(state.counts.events).toBeGreaterThan(FORGOTTEN + ARCHIVED + LATE);
    expect(state.counts.writeUnits).toBeGreaterThan(0);
    expect(await world.live()).toBe(state.version);
    await expectModel(state.version);
  });

  test('is undone by a rollback, which catches up the previous tables', async () => {
    const before = await world.live();
    const { state, done } = await besideWriters(rebuild({ kind: 'rollback' }));
    expect(done).toBe(true);
    expect(state).toMatchObject({ kind: 'rollback', version: '1', before });
    expect(await world.live()).toBe('1');
    await expectModel('1');
  });
});

function longAgo(event: EventEnvelope, index: number): ArchivedRecord {
  return {
    shardId: 'shardId-000000000000',
    seq: String(index + 1),
    arrivedAt: new Date(Date.parse('2016-02-22T07:00:00.000Z') + index * 120_000).toISOString(),
    partitionKey: event.partitionkey,
    data: Buffer.from(JSON.stringify(event)),
  };
}

const MODULE = new URL('../../../testing/aws-engine/rebuild-place.ts', import.meta.url).href;

/** Runs the rebuild in another process and kills it when it reports this stage. */
async function killedAt(place: RebuildPlace, asked: object, stage: string): Promise<void> {
  const code = `import { reportingRebuild } from ${JSON.stringify(MODULE)};
    await reportingRebuild(...JSON.parse(process.argv[1]));`;
  const parameters = ['--input-type=module', '--eval', code, JSON.stringify([place, asked])];
  const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)));
  for await (const line of createInterface({ input: child.stdout })) if (line === stage) child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
}

/** An endless history of few people who join, rename themselves, follow, unfollow, and sometimes leave. Determined by the seed. */
function* relationshipEvents(seed: number): Generator<EventEnvelope> {
  const random = seededRandom(seed);
  const one = <Value>(values: readonly Value[]) => values[Math.floor(random() * values.length)] as Value;
  const people = [
    ...personIds,
    ...Array.from({ length: 10 }, (_, number) => (9000 + number).toString(16).padStart(24, '0')),
  ];
  const joined = new Set<string>();
  for (let position = 1; ; position += 1) {
    const sequence = sequenceOf(1_456_124_520 + position, 1);
    const at = { sequence, position };
    const userId = one(people);
    const pair = { followerId: userId, followeeId: one(people.filter((id) => id !== userId)) };
    const ids = { relationshipId: (70_000 + position).toString(16).padStart(24, '0'), ...pair };
    const kind = random();
    const joinedAt = '2016-02-22T07:02:00.000Z';
    const event =
      kind < 0.2 && !joined.has(userId)
        ? recordedEvent('user-joined', { userId, userName: `user ${position}`, joinedAt }, at)
        : kind < 0.3
          ? recordedEvent('user-profile-updated', { userId, lastName: `name ${position}` }, at)
          : kind < 0.31
            ? recordedEvent('user-left', { userId }, at)
            : kind < 0.75
              ? recordedEvent('followed', { ...ids, followedAt: joinedAt }, at)
              : recordedEvent('unfollowed', ids, at);
    if (event.type === 'user-joined') joined.add(userId);
    const { position: _position, recordedtime: _recordedtime, ...envelope } = event;
    yield envelope;
  }
}
