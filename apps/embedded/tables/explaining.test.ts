import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventData, EventType } from '../../../events/catalog.ts';
import { sequenceOf } from '../../../events/sequence.ts';
import { recordedEvent } from '../../../ports/contracts/histories.ts';
import { builtProjections } from '../../../testing/engine/built-projections.ts';
import { openBuild } from '../parity/opened-build.ts';

const id = (number: number) => number.toString(16).padStart(24, '0');
const [ada, bob, cat, dan] = [id(1), id(2), id(3), id(4)] as const;
const time = '2016-02-22T07:02:00.000Z';

/** Bob follows Ada. Cat does and no longer does. Dan did before, which arrives last. Ada reads their notifications, and posts. */
function history() {
  let position = 0;
  const make = <Type extends EventType>(type: Type, data: EventData<Type>, sequence = position + 1) =>
    recordedEvent(type, data, { sequence: sequenceOf(2, sequence), position: (position += 1) });
  const edge = (followerId: string) => ({ relationshipId: id(50), followerId, followeeId: ada });
  return [
    make('followed', { ...edge(bob), followedAt: time }),
    make('followed', { ...edge(cat), followedAt: time }),
    make('unfollowed', edge(cat)),
    make('unfollowed', edge(dan), 9),
    make('followed', { ...edge(dan), followedAt: time }, 8),
    make('notifications-read', { userId: ada, readUpTo: time }),
    make('yubl-posted', { yublId: id(100), authorId: ada, text: '#figs', postedAt: time }),
  ];
}

let folder: string;
let data: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-explaining-'));
  data = await builtProjections(folder, history(), 800);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function explained(projection: string, ...words: string[]) {
  const build = await openBuild(projection, { path: join(data, `${projection}.db`), feedLength: 800 });
  try {
    return await (await build.projection.explainer()).explain(build, { words, limit: 10 });
  } finally {
    await build.close();
  }
}

test('a partition is explained in every table, with the rows that are no longer there', async () => {
  const { explanations, note } = await explained('notifications', ada);
  expect(explanations).toMatchObject([
    { table: 'notifications', id: `${ada} ${bob}`, there: true, reason: 'changed' },
    { table: 'notifications', id: `${ada} ${cat}`, there: false, reason: 'removed' },
    { table: 'notifications', id: `${ada} ${dan}`, there: false, reason: 'superseded' },
    { table: 'inboxes', id: ada, there: true, reason: 'changed' },
  ]);
  expect(explanations.every(({ asTheLogSays }) => asTheLogSays)).toBe(true);
  expect(note).toBeUndefined();
});

test('a table that is named is explained alone', async () => {
  const { explanations } = await explained('notifications', 'inboxes', ada);
  expect(explanations.map(({ table }) => table)).toEqual(['inboxes']);
  const { explanations: edges } = await explained('notifications', 'notifications', ada);
  expect(edges).toHaveLength(3);
});

test('a row that was removed is said to be, with its events', async () => {
  const { explanations } = await explained('notifications', ada, cat);
  expect(explanations).toMatchObject([
    {
      there: false,
      because: 'not there, removed: 2 events have changed this row of notifications',
      events: [{ position: 2 }, { position: 3 }],
    },
  ]);
});

test('an event that came after a newer one explains why its row is not there', async () => {
  const { explanations } = await explained('notifications', ada, dan);
  const [explanation] = explanations;
  expect(explanation?.because).toBe(
    'not there, superseded: no event in the log has changed this row of notifications; 1 event has had no effect because a newer one came first',
  );
  expect(explanation?.events).toMatchObject([
    { position: 4, type: 'unfollowed' },
    { position: 5, type: 'followed', superseded: true },
  ]);
});

test('tables without such a row are only mentioned', async () => {
  const { explanations, note } = await explained('trendingtags', '2016-02-22');
  expect(explanations).toMatchObject([{ table: 'tags', id: '2016-02-22 figs', there: true }]);
  expect(note).toBe('no event in the log has changed such a row of yubls');
  const nothing = await explained('notifications', bob);
  expect(nothing.explanations).toMatchObject([{ table: 'inboxes', reason: 'no-event', there: false }]);
  expect(nothing.note).toBe('no event in the log has changed such a row of notifications');
});

test.each([[['inboxes', ada, bob]], [['a', 'b', 'c']], [['inboxes']]])('no row is named by %j', async (words) => {
  await expect(explained('notifications', ...words)).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
    message: expect.stringContaining('notifications userId [followerId], or inboxes userId'),
  });
});
