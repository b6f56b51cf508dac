import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomRuns } from '../ports/contracts/random-runs.ts';
import { openSqliteFeedReader } from '../adapters/embedded/feed/reader.ts';
import { openSqliteRelationshipReader } from '../adapters/embedded/relationships/reader.ts';
import { openSqliteSearchIndexReader } from '../adapters/embedded/search/index-reader.ts';
import { searchReader } from '../projections/search/search-queries.ts';
import { askEngine } from './answers.ts';
import { startFigtree } from './figtree-process.ts';
import { histories, questions } from './histories.ts';
import { naiveAnswers } from './naive-model.ts';

const FEED_LENGTH = 800;
const seed = Number(process.env['FIGTREE_TEST_SEED']);
const RUNS = randomRuns(1);

async function figtree(folder: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await startFigtree(folder, args).ended;
  expect([code, stderr], `seed ${seed}`).toEqual([0, '']);
}

/** The answers of the files named for the position. */
async function answersAt(folder: string, position: number) {
  const path = (name: string) => join(folder, `${name}-at-${position}.db`);
  const feeds = openSqliteFeedReader({ path: path('feed'), feedLength: FEED_LENGTH });
  const relationships = openSqliteRelationshipReader(path('relationships'));
  const index = openSqliteSearchIndexReader(path('search'));
  try {
    return await askEngine({ feeds, relationships, search: searchReader(index) }, questions, 7);
  } finally {
    for (const reader of [feeds, relationships, index]) reader.close();
  }
}

test('a rebuild up to a position answers as a naive model does of the events until then', async () => {
  const samples = fc.sample(histories, { numRuns: RUNS * 20, seed }).filter(({ arrival }) => arrival.length > 20);
  expect(samples.length, `seed ${seed}`).toBeGreaterThanOrEqual(RUNS);
  for (const { arrival } of samples.slice(0, RUNS)) {
    const folder = mkdtempSync(join(tmpdir(), 'figtree-travel-'));
    try {
      const file = join(folder, 'events.ndjson');
      writeFileSync(file, arrival.map((event) => JSON.stringify(event)).join('\n'));
      await figtree(folder, ['import', file]);
      for (const position of [1, Math.floor(arrival.length / 2), arrival.length]) {
        await figtree(folder, ['rebuild', 'all', '--until', String(position), '--no-swap']);
        const expected = naiveAnswers(arrival.slice(0, position), FEED_LENGTH, questions);
        expect(await answersAt(folder, position), `seed ${seed}, position ${position}`).toEqual(expected);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
});
