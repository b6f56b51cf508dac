import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openProjectionFile, type ProjectionFile } from '../../adapters/embedded/projection/file.ts';
import { openSqliteRowReader } from '../../adapters/embedded/tables/reader.ts';
import { tablesSchema } from '../../adapters/embedded/tables/schema.ts';
import { openSqliteRowStore } from '../../adapters/embedded/tables/store.ts';
import type { EventEnvelope, HandledEvent } from '../../events/envelope.ts';
import { sampleEvent } from '../../ports/contracts/sample-events.ts';
import { PARTITION_BYTES_MAX, type Row, ROW_BYTES_MAX, ROWS_PER_EVENT_MAX } from '../../ports/row-store.ts';
import { defineTable } from '../../projections/tables/define-table.ts';
import { defineTables } from '../../projections/tables/table-projection.ts';
import type { HandlerTables } from '../../projections/tables/handler-table.ts';
import { handleAlone } from '../../testing/consumers/handle-alone.ts';
import { openTableProjection } from './open-projection.ts';
import { tableConsumer } from './table-consumer.ts';

const notes = defineTable({
  row: z.object({ topic: z.string(), note: z.string(), text: z.string(), count: z.int().min(0) }),
  key: { partition: 'topic', sort: 'note' },
});
const latest = defineTable({
  row: z.object({ topic: z.string(), text: z.string() }),
  key: { partition: 'topic' },
  changedBy: 'one-key',
});
const lower = defineTable({ row: z.object({ name: z.string().toLowerCase() }), key: { partition: 'name' } });
const tables = { notes, latest, lower };
type Handle = (all: HandlerTables<typeof tables>, event: EventEnvelope<'yubl-posted'>) => Promise<void> | void;

let folder: string;
let file: ProjectionFile;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'figtree-table-consumer-'))));
afterEach(() => {
  file.close();
  rmSync(folder, { recursive: true });
});

/** Handles events of one type in one transaction each, and shows the rows of both tables afterwards. */
function opened(handle: Handle, timeoutMs = 1000) {
  const on = {
    'yubl-posted': (event: HandledEvent<'yubl-posted'>, all: HandlerTables<typeof tables>) => handle(all, event),
  };
  const projection = openTableProjection('notebook', defineTables({ tables, on, queries: () => ({}) }));
  const { described, forget } = projection;
  const path = join(folder, 'notebook.db');
  file = openProjectionFile({ path, version: 1, schema: tablesSchema(described) });
  const store = openSqliteRowStore(file, described, forget);
  const consume = handleAlone(
    tableConsumer({ projection: 'notebook', tables: projection.tables, on: on as never, store, timeoutMs }),
  );
  const reader = openSqliteRowReader(path, described.layouts);
  return {
    handle: (changes: Partial<EventEnvelope> = {}) =>
      file.commit(async () => {
        await consume({ ...sampleEvent({}, changes), recordedtime: '2016-02-22T07:02:00.000Z' });
        return 1;
      }),
    async rows(): Promise<{ notes: Row[]; latest: Row[] }> {
      const all = await Promise.all(['a', 'b'].map((partition) => reader.rows('notes', { partition, limit: 100 })));
      const last = await reader.row({ table: 'latest', partition: 'a' });
      return { notes: all.flatMap(({ items }) => items), latest: last === undefined ? [] : [last] };
    },
  };
}

const key = { topic: 'a', note: 'n' };

describe('the handler of a projection of tables', () => {
  it('finds what it has changed, and stores it with the event', async () => {
    const seen: unknown[] = [];
    const { handle, rows } = opened(async (all) => {
      all.notes.change(key, (row) => ({ text: 'one', count: (row?.count ?? 0) + 1 }));
      seen.push(await all.notes.get(key));
      all.notes.change(key, (row) => ({ text: `${row?.text} two`, count: (row?.count ?? 0) + 1 }));
      seen.push(await all.notes.get(key));
      all.notes.change({ topic: 'b', note: 'm' }, () => ({ text: '', count: 0 }));
      all.notes.remove({ topic: 'b', note: 'm' });
    });
    await handle();
    expect(seen).toEqual([
      { ...key, text: 'one', count: 1 },
      { ...key, text: 'one two', count: 2 },
    ]);
    expect(await rows()).toEqual({ notes: [{ ...key, text: 'one two', count: 2 }], latest: [] });
  });

  it('stores nothing if it throws', async () => {
    const { handle, rows } = opened((all) => {
      all.notes.change(key, () => ({ text: '', count: 1 }));
      throw new Error('on purpose');
    });
    await expect(handle()).rejects.toThrow('on purpose');
    expect(await rows()).toEqual({ notes: [], latest: [] });
  });

  const bad: [string, string, Handle][] = [
    [
      'a row that its schema refuses',
      'ROW_INVALID',
      ({ notes: all }) => all.change(key, () => ({ text: '', count: -1 })),
    ],
    [
      'a row that is too large',
      'ROW_INVALID',
      ({ notes: all }) => all.change(key, () => ({ text: 'x'.repeat(ROW_BYTES_MAX), count: 1 })),
    ],
    [
      'a key that is too long',
      'ROW_INVALID',
      ({ latest: all }) => all.change({ topic: 'ü'.repeat(PARTITION_BYTES_MAX / 2 + 1) }, () => ({ text: '' })),
    ],
    [
      'a key with a NUL character',
      'ROW_INVALID',
      ({ latest: all }) => all.change({ topic: 'a\0' }, () => ({ text: '' })),
    ],
    [
      'too many rows',
      'TABLE_MISUSED',
      ({ notes: all }) => {
        for (let note = 0; note <= ROWS_PER_EVENT_MAX; note += 1)
          all.change({ topic: 'a', note: `${note}` }, () => undefined);
      },
    ],
    [
      'a list of a table that it has changed',
      'TABLE_MISUSED',
      async ({ notes: all }) => {
        all.change(key, () => ({ text: '', count: 1 }));
        await all.list({ partition: 'a', limit: 3 });
      },
    ],
    [
      'a row that is changed in place',
      'TypeError',
      async ({ notes: all }) => {
        all.change(key, () => ({ text: '', count: 1 }));
        ((await all.get(key)) as { count: number }).count = 2;
        all.change(key, (row) => Object.assign(row ?? { text: '' }, { count: 3 }));
      },
    ],
    ['a key that its schema changes', 'ROW_INVALID', ({ lower: all }) => all.change({ name: 'Ada' }, () => ({}))],
    ['a handler that never ends', 'TABLE_MISUSED', () => new Promise(() => {})],
  ];
  it.each(bad)('fails by %s, and names the projection', async (_, code, misuse) => {
    const { handle, rows } = opened(
      (all, event) => {
        all.latest.change({ topic: 'a' }, () => ({ text: event.id }));
        return misuse(all, event);
      },
      code === 'TABLE_MISUSED' ? 50 : 1000,
    );
    const expected = code === 'TypeError' ? { name: code } : { code, message: expect.stringContaining('notebook') };
    await expect(handle()).rejects.toMatchObject(expected);
    expect(await rows()).toEqual({ notes: [], latest: [] });
  });

  it('cannot change anything once it has ended', async () => {
    let kept: HandlerTables<typeof tables> | undefined;
    const { handle, rows } = opened((all) => void (kept = all));
    await handle();
    expect(() => kept?.notes.change(key, () => ({ text: '', count: 1 }))).toThrow('notebook');
    await expect(kept?.notes.get(key)).rejects.toMatchObject({ code: 'TABLE_MISUSED' });
    expect(await rows()).toEqual({ notes: [], latest: [] });
  });
});

it('has read what it read first', async () => {
  const seen: unknown[] = [];
  const { handle } = opened(async (all) => {
    const [one, other] = await Promise.all([all.notes.get(key), all.notes.get(key)]);
    const { items } = await all.notes.list({ partition: 'a', limit: 30 });
    seen.push(one === other, items.length);
    for (const each of items) all.notes.remove(each);
  });
  await handle();
  expect(seen).toEqual([true, 0]);
});

describe('a row that one key changes', () => {
  it('stays as it is when an older event comes, also after it was removed', async () => {
    const { handle, rows } = opened((all, event) => {
      all.latest.change({ topic: 'a' }, () => (event.id === 'removes' ? undefined : { text: event.id }));
      all.notes.change(key, (row) => ({ text: event.id, count: (row?.count ?? 0) + 1 }));
    });
    const sequence = (number: number) => String(number).padStart(20, '0');
    await handle({ id: 'second', sequence: sequence(2) });
    await handle({ id: 'first', sequence: sequence(1) });
    const second = { notes: [{ ...key, text: 'second', count: 1 }], latest: [{ topic: 'a', text: 'second' }] };
    expect(await rows()).toEqual(second);
    await handle({ id: 'removes', sequence: sequence(4) });
    await handle({ id: 'third', sequence: sequence(3) });
    expect(await rows()).toEqual({ notes: [{ ...key, text: 'removes', count: 2 }], latest: [] });
    await handle({ id: 'fifth', sequence: sequence(5) });
    expect((await rows()).latest).toEqual([{ topic: 'a', text: 'fifth' }]);
  });
});
