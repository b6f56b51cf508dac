import * as fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { randomRuns } from '../../../ports/contracts/random-runs.ts';
import { seededRandom } from '../../../apps/seeded-random.ts';
import { indexSearch } from '../../../consumers/index-search.ts';
import { handleAlone } from '../../../testing/consumers/handle-alone.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { sequenceOf } from '../../../events/sequence.ts';
import { arrivals, histories } from '../../../ports/contracts/histories.ts';
import { handleKeys } from '../../../ports/contracts/projection-under-test.ts';
import { foldName, foldWords } from '../../../projections/search/folded-text.ts';
import { searchModel } from '../../../projections/search/search.model.ts';
import { usersIn } from '../../../projections/users.model.ts';
import { type DomainUnderTest, foundBy, startDomain } from '../../../testing/aws/cloudsearch-under-test.ts';
import { openStorm, retryUntilSuccess } from '../../../testing/aws/storm.ts';
import { openTableInMemory } from '../../../testing/aws/table-in-memory.ts';
import { openDynamoSearchIndex } from './dynamo-search-index.ts';
import type { SearchDocument, NotifyEngine } from './search-documents.ts';

const RUNS = randomRuns(30);

const FAULTS = ['lost', 'cut', 429, 500, 504, 507] as const;

const cases = histories.chain((events) =>
  fc.record({ events: arrivals(events), again: fc.shuffledSubarray(events), seed: fc.nat() }),
);

/** What each query should find after these events, by looking at all users and yubls. */
function expected(events: readonly RecordedEvent[]) {
  const users = [...usersIn(events).users.values()].flatMap(({ userId, userName, firstName, lastName }) => {
    const names = [userName, firstName, lastName].map((name) => foldName(name ?? '')).filter((name) => name !== '');
    return names.map((name) => `${userId} ${name}`);
  });
  const said = events.flatMap((event) => (event.type === 'yubl-posted' ? foldWords(event.data.text).split(' ') : []));
  const model = searchModel(events);
  const yubls = [...new Set(said)].flatMap((word) => model.yubls(word).map(({ yublId }) => `${yublId} ${word}`));
  return { users: [...new Set(users)].toSorted(), yubls: yubls.toSorted() };
}

/** Delivers all keys concurrently, each in order, some events twice concurrently, each until it is handled. */
async function deliver(
  { events, again }: { readonly events: readonly RecordedEvent[]; readonly again: readonly RecordedEvent[] },
  notifyEngine: NotifyEngine,
  table: ReturnType<typeof openTableInMemory>,
): Promise<void> {
  const handle = handleAlone(indexSearch(openDynamoSearchIndex(table, notifyEngine)));
  const handleAll = (some: readonly RecordedEvent[]) =>
    handleKeys(some, (event) => retryUntilSuccess(() => handle(event)));
  await Promise.all([handleAll(events), handleAll(again)]);
}

describe('the search index in a table whose requests are cut off', () => {
  it('notifies a versioned engine of what the model says', async () => {
    let cuts = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ events, again, seed }) => {
        const random = seededRandom(seed);
        const storm = openStorm({ random, cutRate: 0.03, lostRate: 0.1 });
        const engine = new Map<string, SearchDocument>();
        const notifyEngine: NotifyEngine = async (documents) => {
          for (const document of documents) {
            // Requests overtake each other, and may fail before or after their effect.
            for (let turns = Math.floor(random() * 8); turns > 0; turns -= 1) await turn();
            if (random() < 0.05) throw new Error(`cut ${(cuts += 1)}`);
            const known = engine.get(document.id);
            if (known === undefined || document.version > known.version) engine.set(document.id, document);
            if (random() < 0.05) throw new Error(`cut ${(cuts += 1)}`);
          }
        };
        await deliver({ events, again }, notifyEngine, openTableInMemory(storm.weather));
        const documents = [...engine.values()];
        const users = documents.flatMap((one) =>
          one.kind === 'user' ? (one.user?.names ?? []).map((name) => `${one.id} ${name}`) : [],
        );
        const yubls = documents.flatMap((one) =>
          one.kind === 'yubl' && one.yubl ? one.words.split(' ').map((word) => `${one.id} ${word}`) : [],
        );
        expect({ users: users.toSorted(), yubls: yubls.toSorted() }).toEqual(expected(events));
      }),
      { numRuns: RUNS },
    );
    expect(cuts).toBeGreaterThan(0);
  });

  it('updates CloudSearch to what the model says, even if the Lambda with the turn is slow, fails or dies', async () => {
    const seen = { batches: 0, failures: 0 };
    await fc.assert(
      fc.asyncProperty(cases, async ({ events, again, seed }) => {
        const random = seededRandom(seed);
        let under: DomainUnderTest | undefined;
        // Sometimes a process is delayed for longer than its turn, and sometimes a batch gets another response. In
        // total this takes less time than a Lambda function lives.
        let leftMs = 14 * 60_000;
        const onMoment = () => {
          if (under === undefined) return;
          const passes = Math.min(leftMs, random() < 0.004 ? 70_000 : Math.floor(random() * 120));
          leftMs -= passes;
          under.clock.time += passes;
          if (random() < 0.01) under.double.failNext(...FAULTS.slice(random() * FAULTS.length));
        };
        const storm = openStorm({ random, cutRate: 0.01, lostRate: 0.05, onMoment });
        under = await startDomain(0, storm.weather);
        const { table, clock, double } = under;
        const [first, ...others] = [
          under.openLambda().uploader,
          under.openLambda().uploader,
          under.openLambda().uploader,
        ];
        let delivered = false;
        const drained = [first, ...others].map(async ({ drain }) => {
          while (!delivered) {
            await drain().catch(() => (seen.failures += 1));
            await turn();
          }
        });
        try {
          await deliver({ events, again }, first.notify, table);
          delivered = true;
          await Promise.all(drained);
          storm.clear();
          // Once with all marks drained, and again when abandoned batches can no longer be in flight.
          for (const laterMs of [0, 20 * 60_000]) {
            clock.time += laterMs;
            for (let tries = 0; tries < 500; tries += 1) {
              const { againInMs } = await first.drain().catch(() => ({
                againInMs: 10_000,
              }));
              if (againInMs === undefined) break;
              clock.time += againInMs;
            }
          }
          seen.batches += double.batches.length;
          expect(foundBy(double)).toEqual(expected(events));
          expect(await table.queryAll({ pk: 'REFUSED' })).toEqual([]);
        } finally {
          await under.close();
        }
      }),
      { numRuns: RUNS },
    );
    expect(seen.batches).toBeGreaterThan(0);
  });

  it('finds no yubl whose author leaves while it is being added', async () => {
    const author = '0'.repeat(24);
    const yubl = { yublId: '1'.repeat(24), authorId: author, text: 'x', postedAt: '', sequence: sequenceOf(1, 1) };
    // The other one does all of its work between any two requests of this one.
    for (let between = 0; between < 6; between += 1) {
      const table = openTableInMemory({ before: async () => {}, after: async () => {}, answerIsLost: () => false });
      const told: SearchDocument[] = [];
      const notifyEngine: NotifyEngine = async (documents) => void told.push(...documents);
      const other = openDynamoSearchIndex(table, notifyEngine);
      let requests = 0;
      const leaving = <Args extends unknown[], Answer>(call: (...args: Args) => Promise<Answer>) => {
        return async (...args: Args) => {
          if (requests === between) await other.removeUser(author);
          requests += 1;
          return call(...args);
        };
      };
      const { get, put, write, erase } = table;
      const own = { ...table, get: leaving(get), put: leaving(put), write: leaving(write), erase: leaving(erase) };
      await openDynamoSearchIndex(own, notifyEngine).addYubl(yubl, 'tree');
      if (requests <= between) await other.removeUser(author);
      const newest = told.filter(({ kind }) => kind === 'yubl').toSorted((a, b) => b.version - a.version)[0];
      expect(newest).not.toHaveProperty('yubl');
      expect(await table.queryAll({ pk: `U#${author}`, begins: 'Y#' })).toEqual([]);
    }
  });

  it('notifies the engine of a yubl that is gone, although the attempt that removed it could not', async () => {
    const author = '0'.repeat(24);
    const yubl = { yublId: '1'.repeat(24), authorId: author, text: 'x', postedAt: '', sequence: sequenceOf(1, 1) };
    const table = openTableInMemory({ before: async () => {}, after: async () => {}, answerIsLost: () => false });
    const told: SearchDocument[] = [];
    const index = openDynamoSearchIndex(table, async (documents) => void told.push(...documents));
    const cutOff = openDynamoSearchIndex(table, async () => {
      throw new Error('cut');
    });
    await index.addYubl(yubl, 'tree');
    // The author leaves; before their yubls are listed, a second delivery of this one takes it out of the list.
    const query: typeof table.query = async function* (...asked) {
      await expect(cutOff.addYubl(yubl, 'tree')).rejects.toThrow('cut');
      yield* table.query(...asked);
    };
    const leaving = openDynamoSearchIndex({ ...table, query }, async (documents) => void told.push(...documents));
    await leaving.removeUser(author);
    await index.addYubl(yubl, 'tree');
    const newest = told.filter(({ kind }) => kind === 'yubl').toSorted((a, b) => b.version - a.version)[0];
    expect(newest).not.toHaveProperty('yubl');
  });
});
