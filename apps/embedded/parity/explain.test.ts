import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { randomRuns } from '../../../ports/contracts/random-runs.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { arrivals, histories, personIds, yublIds } from '../../../ports/contracts/histories.ts';
import { feedModel } from '../../../projections/feed/feed.model.ts';
import { relationshipsModel } from '../../../projections/relationships/relationships.model.ts';
import { searchModel } from '../../../projections/search/search.model.ts';
import type { Explanation } from '../../../replay/causes.ts';
import { explainEdge } from '../../../replay/explain-edge.ts';
import { feedExplainer } from '../../../replay/explain-feed.ts';
import { explainFoundUser, explainFoundYubl } from '../../../replay/explain-search.ts';
import { explainUser } from '../../../replay/explain-user.ts';
import { openBuild } from './opened-build.ts';
import { builtProjections } from '../../../testing/engine/built-projections.ts';
import type { FeedReader } from '../../../ports/feed-reader.ts';

const SEED = Number(process.env['FIGTREE_TEST_SEED']);
const FEED_LENGTH = 3;

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'figtree-explain-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const place = (own: string, name: string) => ({ path: join(own, `${name}.db`), feedLength: FEED_LENGTH });
const cases = histories.chain((events) => fc.tuple(fc.constant(events), arrivals(events)));
const runs = { seed: SEED, numRuns: randomRuns(10) };

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
      const { reader, ...build } = await openBuild(
        'feed',
        place(await builtProjections(folder, arrived, FEED_LENGTH), 'feed'),
      );
      const model = feedModel(events, FEED_LENGTH);
      const endless = feedModel(events, Infinity);
      for (const userId of personIds) {
        const explainer = feedExplainer({
          feeds: reader as FeedReader,
          past: build.past,
          userId,
          feedLength: FEED_LENGTH,
        });
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

test(`why a user follows, is known or is found is what the models say (SEED=${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ([events, arrived]) => {
      const own = await builtProjections(folder, arrived, FEED_LENGTH);
      const { past, close } = await openBuild('relationships', place(own, 'relationships'));
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
