import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFigtreeError } from '../../../../events/errors.ts';
import { searchReader } from '../../../../projections/search/search-queries.ts';
import {
  type DomainUnderTest,
  foundBy,
  type Lambda,
  named,
  sorted,
  startDomain,
  yublBy,
} from '../../../../testing/aws/cloudsearch-under-test.ts';
import { openCloudSearchIndexReader } from './index-reader.ts';

let under: DomainUnderTest;

beforeEach(async () => {
  under = await startDomain();
});
afterEach(() => under.close());

/** The names by which users are found, without the users. */
const names = () => foundBy(under.double).users.map((found) => found.slice(found.indexOf(' ') + 1));

/** Drains until nothing is left, as a schedule would. */
async function drainAll({ uploader }: Lambda): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { againInMs } = await uploader.drain();
    if (againInMs === undefined) return;
    under.clock.time += againInMs;
  }
  expect.unreachable('it never ends');
}

/** Its batches are held until `letGo`. */
function heldUp({ domain }: Lambda) {
  const { promise: gate, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: isSending, resolve: sending } = Promise.withResolvers<void>();
  domain.documents.middlewareStack.add(
    (next) => async (args) => {
      sending();
      await gate;
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  return { isSending, letGo };
}

/** The batch of `slow` is held until `letGo`, longer than its turn lasts; `quick` has sent a newer one. */
async function overtake(slow: Lambda, quick: Lambda) {
  await slow.index.changeUser('ada', named('ada', 'before'));
  const { isSending, letGo } = heldUp(slow);
  const drained = slow.uploader.drain();
  await isSending;
  under.clock.time += 70_000;
  await quick.index.changeUser('ada', named('ada', 'behind'));
  await drainAll(quick);
  expect(names()).toEqual(['behind']);
  under.clock.time += 20_000;
  return { drained, letGo };
}

describe('batches for CloudSearch', () => {
  it('are sent every ten seconds across all Lambdas, with every document once', async () => {
    const lambdas = [0, 1, 2, 3].map(() => under.openLambda());
    for (let round = 0; round < 30; round += 1) {
      const writing = lambdas.map(async ({ index }, who) => {
        await index.changeUser('ada', named('ada', `ada ${round}`));
        await index.changeUser(`user-${who}`, named(`user-${who}`, `bob ${round}`, 'c'));
      });
      await Promise.all([...writing, ...lambdas.map(({ uploader }) => uploader.drain())]);
      under.clock.time += 1700;
    }
    await drainAll(lambdas[0] as Lambda);
    expect(under.double.throttled()).toBe(0);
    const { batches } = under.double;
    expect(batches.length).toBeGreaterThan(4);
    expect(batches.slice(1).every(({ at }, before) => at - (batches[before]?.at ?? 0) >= 10_000)).toBe(true);
    expect(batches.every(({ ids }) => new Set(ids).size === ids.length)).toBe(true);
    const theirs = [0, 1, 2, 3].flatMap(() => ['bob 29', 'c']);
    expect(sorted(names())).toEqual(sorted(['ada 29', ...theirs]));
  });

  it('are overtaken by the next turn, and what they brought back is set right', async () => {
    const quick = under.openLambda();
    const { drained, letGo } = await overtake(under.openLambda(), quick);
    letGo();
    await drained;
    expect(names()).toEqual(['before']);
    under.clock.time += 20_000;
    await drainAll(quick);
    expect(names()).toEqual(['behind']);
  });

  it('are repaired even if the slow Lambda has died since', async () => {
    let hasEnded = false;
    const endWithIt = <Args extends unknown[], Answer>(call: (...args: Args) => Promise<Answer>) => {
      return async (...args: Args) => (hasEnded ? expect.unreachable('it is not there any more') : call(...args));
    };
    const { update, write } = under.table;
    const itsTable = { ...under.table, update: endWithIt(update), write: endWithIt(write) };
    const other = under.openLambda();
    const { drained, letGo } = await overtake(under.openLambda(itsTable), other);
    hasEnded = true;
    letGo();
    await expect(drained).rejects.toThrow('not there any more');
    await drainAll(other);
    expect(names()).toEqual(['before']);
    under.clock.time += 17 * 60_000;
    await drainAll(other);
    expect(names()).toEqual(['behind']);
  });

  it('are repaired even if the slow Lambda never learns their outcome', async () => {
    const quick = under.openLambda();
    const { drained, letGo } = await overtake(under.openLambda(), quick);
    under.double.failNext('lost');
    letGo();
    await expect(drained).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(names()).toEqual(['before']);
    under.clock.time += 17 * 60_000;
    await drainAll(quick);
    expect(names()).toEqual(['behind']);
  });

  it('remove names that a user no longer has, whatever the last name was', async () => {
    const lambda = under.openLambda();
    for (const called of [['a', 'b', 'c'], [], ['d']]) {
      await lambda.index.changeUser('ada', named('ada', ...called));
      // It was not sent in between: only the last call sends.
      if (called.length !== 0) await drainAll(lambda);
      under.clock.time += 10_000;
    }
    expect(names()).toEqual(['d']);
  });

  it('wait for a better time when CloudSearch fails, and nothing is lost', async () => {
    const lambda = under.openLambda();
    await lambda.index.changeUser('ada', named('ada', 'ada'));
    under.double.failNext(429, 504, 507, 500);
    const failure: unknown = await lambda.uploader.drain().catch((error: unknown) => error);
    expect(isFigtreeError(failure, 'STORAGE_FAILED')).toBe(true);
    expect(await lambda.uploader.drain()).toMatchObject({ taken: 0, againInMs: 10_000 });
    await drainAll(lambda);
    expect(names()).toEqual(['ada']);
    under.clock.time += 10_000;
    expect(await lambda.uploader.drain()).toEqual({ taken: 0, refused: 0, warnings: 0 });
  });

  it('do without the one document that CloudSearch never takes', async () => {
    const lambda = under.openLambda();
    // More code points than a literal field takes, and an id with illegal characters.
    await lambda.index.changeUser('bad', named('bad', 'x'.repeat(5000)));
    await lambda.index.addYubl(yublBy('ada', 'no id'), 'tree');
    for (let number = 0; number < 20; number += 1) {
      await lambda.index.changeUser(`user-${number}`, named(`user-${number}`, 'ada'));
    }
    await drainAll(lambda);
    expect(names()).toHaveLength(20);
    const refused = await under.table.queryAll({ pk: 'REFUSED' });
    expect(refused.map(({ sk }) => sk).toSorted()).toEqual(['user:bad', 'yubl:no id']);
  });

  it('hold 5 MB at most, and the rest goes next', async () => {
    const lambda = under.openLambda();
    const words = Array.from({ length: 900 }, (_, number) => `${'w'.repeat(90)}${number}`).join(' ');
    for (let number = 0; number < 70; number += 1) await lambda.index.addYubl(yublBy('ada', `yubl-${number}`), words);
    expect(await lambda.uploader.drain()).toMatchObject({ refused: 0, againInMs: 10_000 });
    await drainAll(lambda);
    expect(under.double.batches.map(({ ids }) => ids.length)).toEqual([expect.any(Number), expect.any(Number)]);
    expect(under.double.documents().size).toBe(70);
  });

  it('hold no character that XML forbids, which is found without it', async () => {
    const lambda = under.openLambda();
    await lambda.index.changeUser('ada', named('ada', 'a\uFFFEda', '\uFFFF'));
    await lambda.index.addYubl({ ...yublBy('bob', 'yubl'), text: '\u0000\uD800' }, 'tr\uFFFEee \uFFFF');
    await drainAll(lambda);
    const index = openCloudSearchIndexReader(under.table, lambda.domain.searches);
    const users = await index.users({ prefix: 'a\uFFFEd', words: [] }, { limit: 9 });
    expect(users.items.map(({ userId }) => userId)).toEqual(['ada']);
    const yubls = await index.yubls(['tree'], { limit: 9 });
    // The text comes from the table: it is as it was posted.
    expect(yubls.items.map(({ text }) => text)).toEqual(['\u0000\uD800']);
  });

  it('are searched by as many words as may be typed', async () => {
    const lambda = under.openLambda();
    const typed = Array.from({ length: 249 }, (_, number) => String.fromCodePoint(0x4e00 + number)).join(' ');
    await lambda.index.addYubl(yublBy('bob', 'yubl'), typed);
    await drainAll(lambda);
    const { yubls } = searchReader(openCloudSearchIndexReader(under.table, lambda.domain.searches));
    expect((await yubls(typed, { limit: 9 })).items).toHaveLength(1);
    expect((await yubls(`${typed} x`, { limit: 9 })).items).toHaveLength(0);
  });

  it('may be behind, and still no leaver and no deleted yubl is shown', async () => {
    const lambda = under.openLambda();
    for (const who of ['ada', 'bob', 'eve']) await lambda.index.changeUser(who, named(who, `x ${who}`));
    for (const yubl of ['1', '2', '3']) await lambda.index.addYubl(yublBy(yubl === '1' ? 'ada' : 'bob', yubl), 'tree');
    await drainAll(lambda);
    await lambda.index.removeUser('ada');
    await lambda.index.changeUser('eve', named('eve', 'y'));
    await lambda.index.deleteYubl('2');
    const index = openCloudSearchIndexReader(under.table, lambda.domain.searches);
    const users = await index.users({ prefix: 'x', words: [] }, { limit: 9 });
    expect(users.items.map(({ userId }) => userId)).toEqual(['bob']);
    const yubls = await index.yubls(['tree'], { limit: 1 });
    expect(yubls).toEqual({ items: [yublBy('bob', '3')] });
  });
});
