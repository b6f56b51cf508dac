import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { seededRandom } from '../../apps/seeded-random.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chaosInput } from './input.ts';
import { command } from './server.ts';
import { expectWhole, projectionFile } from './whole-folder.ts';

// What no fault may do, done by hand: the comparison with the naive model must detect each of them.

const input = chaosInput({ lines: 150, events: 150 }, seededRandom(1));
let root: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'figtree-whole-'));
  const { imported, posted, queues } = input;
  for (const lines of [imported, posted, queues.flat().map((event) => JSON.stringify(event))]) {
    const file = join(root, 'lines.ndjson');
    writeFileSync(file, `${lines.join('\n')}\n`);
    await command(join(root, 'data'), ['import', file]);
  }
});
afterAll(() => rmSync(root, { recursive: true }));

test('a folder that holds what was sent is whole', async () => {
  await expect(expectWhole(join(root, 'data'), input)).resolves.toBeUndefined();
});

const SWAP_TWO_OF_A_KEY = `
  CREATE TEMP TABLE pair AS
    SELECT min(position) AS a, max(position) AS b FROM event GROUP BY key HAVING count(*) > 1 LIMIT 1;
  UPDATE event SET position = -1 WHERE position = (SELECT a FROM pair);
  UPDATE event SET position = (SELECT a FROM pair) WHERE position = (SELECT b FROM pair);
  UPDATE event SET position = (SELECT b FROM pair) WHERE position = -1;
`;

test.each([
  ['the newest event is lost', 'log', 'DELETE FROM event WHERE position = (SELECT max(position) FROM event)'],
  ['two events of a key have changed places', 'log', SWAP_TWO_OF_A_KEY],
  ['a part of a feed is lost', 'feed', 'DELETE FROM feed_chunk WHERE place = (SELECT min(place) FROM feed_chunk)'],
  ['a count is wrong', 'relationships', 'UPDATE user SET followers = followers + 1 WHERE state = 1 AND followers > 0'],
  ['users are not found', 'search', 'DELETE FROM name'],
  ['a projection stands behind the log', 'search', 'UPDATE figtree_progress SET position = position - 1'],
] as const)('it is seen that %s', async (what, name, sql) => {
  const folder = join(root, what.replaceAll(' ', '-'));
  cpSync(join(root, 'data'), folder, { recursive: true });
  const database = new DatabaseSync(name === 'log' ? join(folder, 'log.db') : projectionFile(folder, name));
  database.exec(sql);
  database.close();
  await expect(expectWhole(folder, input)).rejects.toThrow('not as it has to be');
});
