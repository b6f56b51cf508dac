import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openTableProjection } from '../../../consumers/tables/open-projection.ts';
import type { MarkedEvent } from '../../../events/event-mark.ts';
import { sequenceOf } from '../../../events/sequence.ts';
import type { RowStore } from '../../../ports/row-store.ts';
import { defineTable } from '../../../projections/tables/define-table.ts';
import { defineTables } from '../../../projections/tables/table-projection.ts';
import { openProjectionFile } from '../projection/file.ts';
import { createRowBuild } from './build.ts';
import { tablesSchema } from './schema.ts';
import { openSqliteRowStore } from './store.ts';

// What may be held, as the store measures it: two bytes for each character.
const HELD_MAX = 32 * 1024 * 1024;
const TEXT = 'x'.repeat(1500);
const LISTED = 30;
const rowBytes = 2 * TEXT.length * LISTED;
const FULL = Math.ceil(HELD_MAX / rowBytes) + 1;

const { described, forget } = openTableProjection(
  'large',
  defineTables({
    tables: {
      items: defineTable({
        row: z.object({ id: z.string(), userId: z.string(), recent: z.array(z.string()) }),
        key: { partition: 'id' },
        belongsTo: 'userId',
      }),
      few: defineTable({ row: z.object({ id: z.string(), times: z.int() }), key: { partition: 'id' } }),
    },
    on: {},
    queries: () => ({}),
  }),
);

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'figtree-held-'))));
afterAll(() => rmSync(folder, { recursive: true }));

let events = 0;
function nextEvent(): MarkedEvent {
  events += 1;
  return { id: `${events}`, source: 'test', sequence: sequenceOf(1, events) };
}

const keyOf = (id: string) => ({ table: 'items', partition: id });

function put(store: RowStore, id: string, userId = id): void {
  const row = { id, userId, recent: Array.from({ length: LISTED }, () => TEXT) };
  const changes = [{ key: keyOf(id), change: () => row }];
  expect(store.store({ event: nextEvent(), read: [], hasListed: false, changes })).toBe('stored');
}

/** Counts twice in one event. */
function count(store: RowStore): void {
  const key = { table: 'few', partition: 'a' };
  const change = (row: { readonly times?: unknown } | undefined) => ({ id: 'a', times: Number(row?.times ?? 0) + 1 });
  const changes = [key, key].map((each) => ({ key: each, change }));
  void store.store({ event: nextEvent(), read: [], hasListed: false, changes });
}

function openStore() {
  const path = join(folder, `${(files += 1)}.db`);
  const file = openProjectionFile({ path, version: 1, schema: tablesSchema(described) });
  const store = openSqliteRowStore(file, described, forget);
  const number = (sql: string) => Number(Object.values(file.database.prepare(sql).get() ?? {})[0]);
  return {
    file,
    store,
    written: () => number('SELECT count(*) FROM items'),
    times: () => number('SELECT coalesce(max(times), 0) FROM few'),
  };
}

describe('rows that are held in memory', () => {
  it('are written before their number or their size is too large', async () => {
    const { file, store, written, times } = openStore();
    await file.commit(async () => {
      for (let number = 0; number < FULL; number += 1) {
        count(store);
        put(store, `${number}`);
        // Those that were not written yet fit.
        expect((number - written()) * rowBytes).toBeLessThan(HELD_MAX);
      }
      expect(written()).toBeGreaterThan(0);
      expect(times()).toBeGreaterThan(0);
      return 1;
    });
    expect([written(), times()]).toEqual([FULL, 2 * FULL]);
    file.close();
  });

  it('may be large after they were small', async () => {
    const { file, store, written } = openStore();
    await file.commit(async () => {
      for (let number = 0; number < FULL; number += 1) void store.find(keyOf(`${number}`));
      expect(written()).toBe(0);
      for (let number = 0; number < FULL; number += 1) put(store, `${number}`);
      expect(written()).toBeGreaterThan(0);
      return 1;
    });
    file.close();
  });

  it('are written and forgotten while others are only read', async () => {
    const { file, store, times } = openStore();
    await file.commit(async () => {
      for (let number = 0; number < FULL; number += 1) put(store, `${number}`);
      return 1;
    });
    await file.commit(async () => {
      count(store);
      for (let number = 0; number < FULL; number += 1) {
        expect(await store.find(keyOf(`${number}`))).toMatchObject({ row: { id: `${number}` } });
      }
      expect(times()).toBe(2);
      return 2;
    });
    file.close();
  });

  it('are undone with an attempt, although some were written', async () => {
    const { file, store, written, times } = openStore();
    await file.commit(async () => {
      count(store);
      const attempt = file.attempt(async () => {
        for (let number = 0; number < FULL; number += 1) put(store, `${number}`);
        count(store);
        throw new Error('undone');
      });
      await expect(attempt).rejects.toThrow('undone');
      expect(written()).toBe(0);
      put(store, 'last');
      return 1;
    });
    expect([written(), times()]).toEqual([1, 2]);
    file.close();
  });

  it('leave with their user, a part after the other', async () => {
    const { file, store, written } = openStore();
    await file.commit(async () => {
      for (let number = 0; number < 250; number += 1) put(store, `${number}`, number % 50 === 0 ? 'stays' : 'leaves');
      await store.leave(nextEvent(), 'leaves');
      return 1;
    });
    expect(written()).toBe(5);
    file.close();
  });

  it('are written to the memory of SQLite by a build', () => {
    const build = createRowBuild(described, 1, forget);
    for (let number = 0; number < FULL; number += 1) put(build.rows, `${number}`);
    expect(build.bytes()).toBeGreaterThan((FULL * rowBytes) / 4);
    build.write(join(folder, 'built.db'), 1);
  });
});
