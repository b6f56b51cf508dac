import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLogFile } from '../../adapters/embedded/log-file.ts';
import { catalogPersonalWords } from '../../consumers/runtime/catalog-personal-words.ts';
import { createProcessor } from '../../consumers/runtime/processor.ts';
import { createTracer } from '../../consumers/runtime/tracer.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { arrivals, histories, personIds, yublIds } from '../../ports/contracts/histories.ts';
import { projectionNames } from '../../ports/progress.ts';
import { feedModel } from '../../projections/feed/feed.model.ts';
import { relationshipsModel } from '../../projections/relationships/relationships.model.ts';
import { searchModel } from '../../projections/search/search.model.ts';
import type { Explanation } from '../../replay/causes.ts';
import { explainEdge } from '../../replay/explain-edge.ts';
import { feedExplainer } from '../../replay/explain-feed.ts';
import { explainFoundUser, explainFoundYubl } from '../../replay/explain-search.ts';
import { explainUser } from '../../replay/explain-user.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { openProjectionBuild } from './projection-build.ts';
import { projections } from './projections.ts';

const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const FEED_LENGTH = 3;
const log = { debug() {}, info() {}, warn() {}, error() {} };

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'figtree-explain-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A folder with the events in its log, in this order, and all projections built from them. */
async function built(events: readonly RecordedEvent[]): Promise<string> {
  const own = mkdtempSync(join(folder, 'data-'));
  const file = openLogFile(join(own, 'log.db'));
  const personal = catalogPersonalWords();
  await file.log.append(events.map(({ position: _, recordedtime: __, ...envelope }) => envelope as RecordedEvent));
  const head = await file.log.head();
  for (const name of projectionNames) {
    const settings = { feedLength: FEED_LENGTH, celebrityFollowers: 1 };
    const opened = projections[name].open(join(own, `${name}.db`), createTracer(log, personal), settings);
    const processor = createProcessor({
      unit: opened.file,
      consumers: opened.consumers,
      log: file.log,
      tracer: createTracer(log, personal),
      logger: log,
      upcasters: catalogUpcasters(),
      personal,
      headBeyond: async () => false,
      onProgress() {},
      onError: 'stop',
    });
    await processor.catchUp(head);
    opened.file.close();
  }
  await file.close();
  return own;
}

const place = (own: string, name: string) => ({ path: join(own, `${name}.db`), feedLength: FEED_LENGTH });
const cases = histories.chain((events) => fc.tuple(fc.constant(events), arrivals(events)));
const runs = { seed: SEED, numRuns: 40 };

/** Every explanation agrees with what the projection holds, and its events are those of the log. */
function check(explanation: Explanation, there: boolean, log: readonly RecordedEvent[]): void {
  expect(explanation).toMatchObject({ there, asTheLogSays: true });
  for (const { position, type } of explanation.events) expect(log[position - 1]?.type).toBe(type);
  if (there) expect(explanation.events.length).toBeGreaterThan(0);
}

/** What the log took of what arrived: each event once. */
function inLog(arrived: readonly RecordedEvent[]): RecordedEvent[] {
  return [...new Map(arrived.map((event) => [event.id, event])).values()];
}

test(`why a yubl is in a feed or is not is what the model says, in any order of arrival (SEED=${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ([events, arrived]) => {
      const build = openProjectionBuild('feed', place(await built(arrived), 'feed'));
      const model = feedModel(events, FEED_LENGTH);
      const endless = feedModel(events, Infinity);
      for (const userId of personIds) {
        const explainer = feedExplainer({ ...build, userId, feedLength: FEED_LENGTH });
        const feed = model.feed(userId).map(({ yublId }) => yublId);
        for (const yublId of yublIds) {
          const explanation = await explainer.entry(yublId);
          check(explanation, feed.includes(yublId), inLog(arrived));
          const pushedOut = !feed.includes(yublId) && endless.feed(userId).some((item) => item.yublId === yublId);
          expect(explanation.reason === 'pushed-out').toBe(pushedOut);
        }
        expect((await explainer.newest(10)).map(({ id }) => id)).toEqual(feed);
        expect((await explainer.emptiness()) === undefined).toBe(feed.length > 0);
      }
      await build.close();
    }),
    runs,
  );
});

test(`why somebody follows, is known or is found is what the models say (SEED=${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ([events, arrived]) => {
      const own = await built(arrived);
      const { past, close } = openProjectionBuild('relationships', place(own, 'relationships'));
      const [model, found] = [relationshipsModel(events), searchModel(events)];
      for (const userId of personIds) {
        const known = model.user(userId);
        check(await explainUser(past, userId, known !== undefined), known !== undefined, inLog(arrived));
        for (const id of personIds) {
          const there = model.followingSince(userId, id) !== undefined;
          const pair = { followerId: userId, followeeId: id, id, there };
          check(await explainEdge(past, pair), there, inLog(arrived));
        }
        const there = found.users('ada').some((hit) => hit.userId === userId);
        check(await explainFoundUser(past, { id: userId, there, query: 'ada' }), there, inLog(arrived));
      }
      for (const id of yublIds) {
        const there = found.yubls('tree').some((yubl) => yubl.yublId === id);
        check(await explainFoundYubl(past, { id, there, query: 'tree' }), there, inLog(arrived));
      }
      await close();
    }),
    runs,
  );
});
