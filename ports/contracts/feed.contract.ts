import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomRuns } from './random-runs.ts';
import type { FeedCursor, FeedItem, FeedReader, YublCursor } from '../feed-reader.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import {
  arrivals,
  type FeedSizes,
  historiesOf,
  longYublsHistory,
  manyYubls,
  personIds,
  prolificHistory,
  pushedOutHistory,
  yublIdsOf,
} from './feed-histories.ts';
import { expectRoom, walk } from './projection-under-test.ts';

/** An engine's feed, empty. */
export interface FeedUnderTest {
  /** Applies events in the given order, in one transaction; events of different keys concurrently if the engine has no
   *  transactions. */
  apply(events: readonly RecordedEvent[]): Promise<void>;
  /** Applies events and rolls them back, as a failing commit does. Absent if the engine has no transactions: there,
   *  writes before a failure stay, and the events are delivered again. */
  readonly applyAndUndo?: (events: readonly RecordedEvent[]) => Promise<void>;
  readonly reader: FeedReader;
  close(): Promise<void>;
}

export interface FeedEngine {
  readonly name: string;
  open(place: string, options: FeedSettings): Promise<FeedUnderTest>;
  /** An empty place for data, and the function that removes it. */
  newPlace(): { readonly place: string; readonly remove: () => unknown };
  /** The expected answers, computed independently of the engine. */
  model(
    events: readonly RecordedEvent[],
    feedLength: number,
  ): {
    feed(userId: string): FeedItem[];
    yublsOf(userId: string): FeedItem[];
    yubl(yublId: string): FeedItem | undefined;
  };
}

export interface FeedSettings {
  readonly feedLength: number;
  readonly celebrityFollowers: number;
}

/** The behaviour of every engine's FeedStore and FeedReader: rule 6, in any order of arrival. */
export function feedContract(engine: FeedEngine, { runs = randomRuns(40), sizes = manyYubls } = {}): void {
  const yublIds = yublIdsOf(sizes);
  describe(`feed on ${engine.name}`, () => {
    it('answers as the model does, in any arrival, for any threshold, across transactions and restarts', async () => {
      await fc.assert(fc.asyncProperty(scenariosOf(sizes), playScenario), { numRuns: runs });
    });

    it.each([1, 50, 400])(
      'brings back what newer yubls pushed out, %i events a transaction',
      async (perTransaction) => {
        const events = pushedOutHistory(sizes);
        const portions = [];
        for (let at = 0; at < events.length; at += perTransaction) {
          portions.push({ events: events.slice(at, at + perTransaction) });
        }
        await playScenario({ feedLength: 3, thresholds: [10_000], pageLimit: 2, portions, checkedFrom: events.length });
      },
    );

    it.each([2, 200])('ends a page of long yubls before it is too large, %i a page', async (pageLimit) => {
      const portions = [{ events: longYublsHistory() }];
      await playScenario({ feedLength: 100, thresholds: [10_000], pageLimit, portions });
      await playScenario({ feedLength: 7, thresholds: [0], pageLimit, portions });
    });

    it.each([10, 30, 200])('shows all of a feed whose author became a celebrity, %i a page', async (pageLimit) => {
      const events = prolificHistory(sizes);
      const last = events.splice(-1);
      // No author is a celebrity in the first portion, every author is in the second.
      const thresholds = [10_000, 0];
      await playScenario({ feedLength: 100, thresholds, pageLimit, portions: [{ events }, { events: last }] });
    });
  });

  async function playScenario(scenario: Scenario): Promise<void> {
    const { place, remove } = engine.newPlace();
    const { feedLength, thresholds, pageLimit, portions } = scenario;
    const applied: RecordedEvent[] = [];
    try {
      for (const [index, portion] of portions.entries()) {
        // The file is reopened for each portion: it must hold everything that matters, whatever the threshold was
        // before.
        const celebrityFollowers = thresholds[index % thresholds.length] ?? 0;
        const feed = await engine.open(place, { feedLength, celebrityFollowers });
        const expectAnswersSoFar = async () => {
          if (applied.length < (scenario.checkedFrom ?? 0)) return;
          await expectAnswers(feed.reader, engine.model(applied, feedLength), { limit: pageLimit, yublIds });
        };
        try {
          // Before and after with the same reader: its caches must not outlast the facts.
          await expectAnswersSoFar();
          if (feed.applyAndUndo) await feed.applyAndUndo(portion.events.toReversed());
          else await feed.apply(portion.events.slice(0, Math.ceil(portion.events.length / 2)));
          await feed.apply(portion.events);
          applied.push(...portion.events);
          await expectAnswersSoFar();
        } finally {
          await feed.close();
        }
      }
    } finally {
      await remove();
    }
  }
}

interface Scenario {
  readonly feedLength: number;
  readonly thresholds: readonly number[];
  readonly pageLimit: number;
  readonly portions: readonly { readonly events: readonly RecordedEvent[] }[];
  /** Answers are checked once this many events were applied. */
  readonly checkedFrom?: number;
}

const scenariosOf = (sizes: FeedSizes): fc.Arbitrary<Scenario> =>
  fc.record({
    feedLength: fc.constantFrom(1, 3, 100, 170),
    thresholds: fc.array(fc.constantFrom(0, 1, 2, 10_000), { minLength: 1, maxLength: 3 }),
    pageLimit: fc.integer({ min: 1, max: 7 }),
    portions: historiesOf(sizes).chain(arrivals).chain(inPortions),
  });

function inPortions(events: readonly RecordedEvent[]): fc.Arbitrary<{ events: readonly RecordedEvent[] }[]> {
  return fc.array(fc.integer({ min: 0, max: events.length }), { maxLength: 3 }).map((cuts) => {
    const bounds = [0, ...cuts.toSorted((a, b) => a - b), events.length];
    return bounds.slice(1).map((to, index) => ({ events: events.slice(bounds[index], to) }));
  });
}

async function expectAnswers(
  reader: FeedReader,
  model: ReturnType<FeedEngine['model']>,
  { limit, yublIds }: { readonly limit: number; readonly yublIds: readonly string[] },
): Promise<void> {
  for (const userId of personIds) {
    const feed = await walk<FeedItem, FeedCursor>((query) => reader.feed(userId, query), limit);
    expect(feed, `feed of ${userId}`).toEqual(model.feed(userId));
    const { items } = await reader.feedText(userId, { limit: 200 });
    const first = JSON.parse(items) as FeedItem[];
    expect(first, `text of the feed of ${userId}`).toEqual(feed.slice(0, first.length));
    expectRoom(first, { limit: Math.min(200, feed.length), isLast: first.length === feed.length });
    const yubls = await walk<FeedItem, YublCursor>((query) => reader.yublsOf(userId, query), limit);
    expect(yubls, `yubls of ${userId}`).toEqual(model.yublsOf(userId));
    expect(await reader.yublCount(userId), `yubl count of ${userId}`).toBe(model.yublsOf(userId).length);
  }
  for (const yublId of yublIds) expect(await reader.yubl(yublId)).toEqual(model.yubl(yublId));
}
