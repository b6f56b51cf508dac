import { gunzipSync } from 'node:zlib';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import { awsUnderTest } from '../../testing/aws/emulated.ts';
import { openEmbeddedEngine } from '../../apps/embedded/open-engine.ts';
import { openLogger } from '../../apps/logger.ts';
import { seededRandom } from '../../apps/seeded-random.ts';
import type { EventEnvelope, RecordedEvent } from '../../events/envelope.ts';
import { askEngine, type Questions } from '../answers.ts';
import { histories, questions } from '../histories.ts';
import { naiveAnswers } from '../naive-model.ts';
import { type AwsEngine, openAwsEngine, refreshed } from './aws-engine.ts';
import { openFaultProxy } from './fault-proxy.ts';
import { askFeatures, featureModels } from './feature-answers.ts';

// The same events into both engines, and every answer compared: between the engines, and with the naive model.

const aws = awsUnderTest('dynamodb');
const opensearch = awsUnderTest('opensearch');
const skipReason = aws.skipReason ?? opensearch.skipReason;
const runs = randomRuns(3);
const FEED_LENGTH = 20;

describe.skipIf(skipReason !== undefined)(`two engines, one answer: SQLite and ${aws.engine}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-two-engines-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const logger = openLogger({ level: 'error', destination: 2 });

  test('what people wrote on IRC in 2016', async () => {
    const changes = gunzipSync(readFileSync(new URL('../../samples/irc-2016.changes.ndjson.gz', import.meta.url)))
      .toString()
      .trim()
      .split('\n');
    const onAws = await openAwsEngine({ aws, opensearch, shards: 4 });
    const threadLogs = { level: 'error', destination: 2 } as const;
    const embedded = await openEmbeddedEngine({
      folder: join(folder, 'irc'),
      feedLength: 800,
      celebrityFollowers: 10_000,
      logger,
      threadLogs,
    });
    try {
      for (let from = 0; from < changes.length; from += 500) {
        const some = changes.slice(from, from + 500);
        const { status, body } = await onAws.post('/legacy/changes', some.join('\n'));
        expect([status, (body as { quarantined: number }).quarantined]).toEqual([202, 0]);
        const items = some.map((text) => ({ text }));
        await embedded.ingest.take(items, { door: 'legacy', origin: 'test' });
      }
      expect(await onAws.drain({ batchSize: 1000 })).toBe(changes.length);
      const head = await embedded.log.head();
      expect(head).toBe(changes.length);
      for (const name of ['feed', 'relationships', 'search'] as const) {
        expect(await embedded.progress.reached(name, head, 60_000)).toBe(true);
      }
      await refreshed(onAws);
      const asked = await questionsAbout(changes);
      expect(await askEngine(onAws.readers, asked, 200)).toEqual(await askEngine(embedded, asked, 200));
      const events: RecordedEvent[] = [];
      while (events.length < head) {
        const page = await embedded.log.read({ after: events.length, limit: head });
        events.push(...page.events);
      }
      await expectFeatures(
        onAws,
        events,
        asked.userIds.filter((_, index) => index % 60 === 0),
      );
    } finally {
      await onAws.close();
      await embedded.close();
    }
  }, 1_200_000);

  test('random histories, shuffled by key, with repeated deliveries', async () => {
    await fc.assert(
      fc.asyncProperty(
        histories,
        fc.integer(),
        fc.constantFrom(0, 1, 10_000),
        async ({ events }, seed, celebrities) => {
          const engine = await openAwsEngine({ aws, opensearch, settings: settingsOf(celebrities) });
          try {
            await takeAll(engine, events, seed);
            await refreshed(engine);
            expect(await askEngine(engine.readers, questions, 3)).toEqual(naiveAnswers(events, FEED_LENGTH, questions));
            await expectFeatures(engine, events, questions.userIds);
          } finally {
            await engine.close();
          }
        },
      ),
      { numRuns: runs },
    );
  }, 600_000);

  test('random histories on a bad day: throttled, broken, half-done, unanswered and late requests', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.integer(), fc.constantFrom(1, 10_000), async ({ events }, seed, celebrities) => {
        const proxy = await openFaultProxy(aws.config.endpoint ?? '', seededRandom(seed));
        const place = { aws, opensearch, endpoint: proxy.endpoint, settings: settingsOf(celebrities) };
        const engine = await openAwsEngine(place);
        try {
          proxy.setShare(0.15);
          await takeAll(engine, events, seed);
          proxy.setShare(0);
          // Batches given up temporarily on the bad day.
          await engine.drain();
          await refreshed(engine);
          expect(await askEngine(engine.readers, questions, 50)).toEqual(naiveAnswers(events, FEED_LENGTH, questions));
          await expectFeatures(engine, events, questions.userIds);
        } finally {
          await engine.close();
          await proxy.close();
        }
      }),
      { numRuns: runs },
    );
  }, 900_000);
});

async function expectFeatures(
  { aws: resources }: AwsEngine,
  events: readonly EventEnvelope[],
  userIds: readonly string[],
): Promise<void> {
  const days = events.flatMap((event) => (event.type === 'yubl-posted' ? event.data.postedAt.slice(0, 10) : []));
  const expected = featureModels(events, { days: [...new Set(days)], userIds });
  expect(await askFeatures(resources, Object.keys(expected))).toEqual(expected);
}

function settingsOf(celebrityFollowers: number) {
  return { feedLength: FEED_LENGTH, celebrityFollowers };
}

/** Keys in any order, those of one key in theirs; a failed post is sent again, as by a publisher. */
async function takeAll(engine: AwsEngine, events: readonly EventEnvelope[], seed: number): Promise<void> {
  const random = seededRandom(seed);
  const keys = [...Map.groupBy(events, ({ partitionkey }) => partitionkey).values()].map((ofKey) => [...ofKey]);
  const arriving: EventEnvelope[] = [];
  for (let left = keys; left.length > 0; left = left.filter(({ length }) => length > 0)) {
    const next = left[Math.floor(random() * left.length)]?.shift();
    if (next !== undefined) arriving.push(next);
  }
  const cut = Math.floor(random() * arriving.length);
  for (const part of [arriving.slice(0, cut), arriving.slice(cut)]) {
    if (part.length === 0) continue;
    const body = part.map((event) => JSON.stringify(event)).join('\n');
    for (let tried = 0; ; tried += 1) {
      const { status } = await engine.post('/events', body);
      if (status === 202) break;
      expect([500, 503, 507]).toContain(status);
      expect(tried).toBeLessThan(10);
    }
    await engine.drain({ random, againShare: 0.1, batchSize: 7 });
  }
}

async function questionsAbout(changes: readonly string[]): Promise<Questions> {
  const documents = changes.map(
    (text) =>
      JSON.parse(text) as {
        ns: { coll: string };
        fullDocument: { _id: { $oid: string }; userName?: string; text?: string };
      },
  );
  const of = (coll: string) => documents.filter(({ ns }) => ns.coll === coll).map(({ fullDocument }) => fullDocument);
  const users = of('users');
  const yubls = of('yubls');
  const every = <Item>(items: readonly Item[], step: number) => items.filter((_, index) => index % step === 0);
  return {
    userIds: users.map(({ _id }) => _id.$oid),
    yublIds: every(yubls, 25).map(({ _id }) => _id.$oid),
    names: [...new Set(every(users, 10).flatMap(({ userName = '' }) => [userName, userName.slice(0, 2)]))],
    words: [...new Set(every(yubls, 60).map(({ text = '' }) => text.split(/\s+/u).slice(0, 2).join(' ')))].filter(
      Boolean,
    ),
  };
}
