import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { indexSearch } from '../../../consumers/index-search.ts';
import { handleAlone } from '../../../testing/consumers/handle-alone.ts';
import { sequenceOf } from '../../../events/sequence.ts';
import { personIds, recordedEvent, yublIds } from '../../../ports/contracts/histories.ts';
import { searchIndexReaderContract } from '../../../ports/contracts/search-index-reader.contract.ts';
import { type SearchEngine, searchIndexContract } from '../../../ports/contracts/search-index.contract.ts';
import { walk, withProjection } from '../../../ports/contracts/projection-under-test.ts';
import type { UserHit, UserHitCursor } from '../../../ports/search-reader.ts';
import { searchReader } from '../../../projections/search/search-queries.ts';
import { searchModel } from '../../../projections/search/search.model.ts';
import { openProjectionFile } from '../projection/file.ts';
import { SEARCH_SCHEMA, SEARCH_VERSION } from './file.ts';
import { openSqliteSearchIndexReader } from './index-reader.ts';
import { openSqliteSearchIndex } from './search-index.ts';

const sqlite: SearchEngine = {
  name: 'SQLite',
  transactions: true,
  model: searchModel,
  newPlace() {
    const folder = mkdtempSync(join(tmpdir(), 'figtree-search-'));
    return { place: join(folder, 'search.db'), remove: () => rmSync(folder, { recursive: true }) };
  },
  async open(path) {
    const file = openProjectionFile({ path, version: SEARCH_VERSION, schema: SEARCH_SCHEMA });
    const store = openSqliteSearchIndex(file);
    const index = openSqliteSearchIndexReader(path);
    return {
      store,
      reader: { index, search: searchReader(index) },
      unit: file,
      handle: handleAlone(indexSearch(store)),
      async close() {
        index.close();
        file.close();
      },
    };
  },
};

searchIndexContract(sqlite);
searchIndexReaderContract(sqlite);

describe('the SQLite search index', () => {
  // More than are sorted at once have a name with john… and another with z…, a few of those zb….
  const endings = ['a', 'b', 'bb', 'c', 'ca', 'd', 'e', 'f', 'g', 'h'];
  const crowd = Array.from({ length: 400 }, (_, number) => {
    const [first = '', last = '', nick = ''] = [number % 7, number % 10, number % 9].map((index) => endings[index]);
    const userName = number % 4 === 0 ? `john z${nick}` : `z${nick}`;
    const names = { firstName: `John${first}`, lastName: `Z${last}`, userName };
    const userId = (number * 7919).toString(16).padStart(24, '0');
    const data = { userId, ...names, joinedAt: '2016-02-22T07:02:00.000Z' };
    return recordedEvent('user-joined', data, { sequence: sequenceOf(1, number) });
  });

  it('finds the same, one by one or sorted', async () => {
    await withProjection(sqlite, async ({ unit, handle, reader }) => {
      await unit.commit(async () => {
        for (const event of crowd) await handle(event);
        return crowd.length;
      });
      const model = searchModel(crowd);
      for (const text of ['john z', 'john zb', 'zbb john', 'johnb zb', 'john za b', 'za john b', 'john zx', 'z j h']) {
        for (const limit of [7, 200]) {
          const found = await walk<UserHit, UserHitCursor>((query) => reader.search.users(text, query), limit);
          expect(found, text).toEqual(model.users(text));
        }
      }
    });
  });

  it('keeps nothing of a leaver but that they left', async () => {
    const { place, remove } = sqlite.newPlace();
    const file = openProjectionFile({ path: place, version: SEARCH_VERSION, schema: SEARCH_SCHEMA });
    const [userId = '', authorId = ''] = personIds;
    const sequence = sequenceOf(1, 1);
    const index = openSqliteSearchIndex(file);
    await file.commit(async () => {
      for (const one of [userId, authorId]) await index.changeUser(one, () => ({ userId: one, names: ['ada', 'x'] }));
      const yubl = {
        yublId: yublIds[0] ?? '',
        authorId,
        text: 'Trees',
        postedAt: '2016-02-22T07:02:00.000Z',
        sequence,
      };
      await index.addYubl(yubl, 'trees');
      return 1;
    });
    await file.commit(async () => (await index.removeUser(authorId), 2));
    const count = (table: string) => file.database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows'];
    expect(['user', 'name', 'yubl', 'yubl_place', 'gone_user'].map(count)).toEqual([1, 4, 0, 0, 1]);
    file.close();
    remove();
  });
});
