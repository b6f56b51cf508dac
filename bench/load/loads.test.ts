import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sequenceOf } from '../../events/sequence.ts';
import { idOf, type InsertedDocument, insertedDocuments, keyOf, writeChangeLines } from './change-lines.ts';
import { writeCopies } from './copies.ts';
import { naiveFeeds } from './naive-feeds.ts';
import { writeRanked } from './ranked.ts';

const folder = mkdtempSync(join(tmpdir(), 'figtree-loads-'));
afterAll(() => rmSync(folder, { recursive: true }));

const id = (name: string) => ({ $oid: Buffer.from(name.padEnd(12)).toString('hex') });
let made = 0;

function change(coll: InsertedDocument['ns']['coll'], name: string, fields: object): string {
  made += 1;
  const $date = new Date(1_200_000_000_000 + made * 1000).toISOString();
  return JSON.stringify({
    _id: { _data: `82${'0'.repeat(16)}${id(name).$oid.toUpperCase()}` },
    operationType: 'insert',
    clusterTime: { $timestamp: { t: 1_200_000_000 + made, i: 1 } },
    wallTime: { $date },
    ns: { db: 'yubl', coll },
    documentKey: { _id: id(name) },
    fullDocument: { _id: id(name), ...fields, createdAt: { $date } },
  });
}

const joins = (name: string) => change('users', name, { userName: name });
const follow = (follower: string, followee: string) =>
  change('relationships', follower + followee, { follower: id(follower), followee: id(followee) });
const post = (author: string, name: string) => change('yubls', name, { userId: id(author), text: name });

async function file(name: string, lines: string[]): Promise<string> {
  const path = join(folder, name);
  await writeChangeLines(
    path,
    (async function* batches() {
      yield lines;
    })(),
  );
  return path;
}

async function read(path: string): Promise<InsertedDocument[]> {
  const documents: InsertedDocument[] = [];
  for await (const document of insertedDocuments(path)) documents.push(document);
  return documents;
}

const sequence = ({ clusterTime: { $timestamp } }: InsertedDocument) => sequenceOf($timestamp.t, $timestamp.i);

test('the naive model counts those who follow when a yubl is posted', async () => {
  const path = await file('naive', [
    ...['ann', 'bob', 'cid'].map(joins),
    post('ann', 'early'),
    follow('bob', 'ann'),
    post('ann', 'first'),
    follow('cid', 'ann'),
    post('ann', 'second'),
    post('bob', 'unheard'),
  ]);
  const { feeds, ...counts } = await naiveFeeds(path, { everyUser: 1, length: 2 });
  expect(counts).toEqual({ changes: 9, users: 3, yubls: 4, entries: 3 });
  expect(feeds.get(id('bob').$oid)).toEqual([id('second').$oid, id('first').$oid]);
  expect(feeds.get(id('cid').$oid)).toEqual([id('second').$oid]);
  expect(feeds.get(id('ann').$oid)).toEqual([]);
});

test.each(['together', 'one after the other'] as const)(
  'copies %s share no id and keep the order',
  async (arrangement) => {
    const source = await file('source', [joins('ann'), joins('bob'), follow('bob', 'ann'), post('ann', 'first')]);
    const target = join(folder, 'copies');
    await writeCopies(source, target, { count: 3, arrangement });
    const documents = await read(target);
    expect(documents).toHaveLength(12);
    expect(new Set(documents.map(keyOf)).size).toBe(12);
    const sequences = documents.map(sequence);
    expect(new Set(sequences).size).toBe(12);
    expect(sequences).toEqual(sequences.toSorted());
    expect((await naiveFeeds(target, { everyUser: 1 })).entries).toBe(3);
  },
);

test('yubls are given by rank: the most active author’s to the most followed user', async () => {
  const network = await file('network', [
    ...['ann', 'bob', 'cid', 'dee'].map(joins),
    follow('ann', 'bob'),
    follow('cid', 'bob'),
    follow('dee', 'bob'),
    follow('bob', 'ann'),
  ]);
  const yubls = await file('yubls', [
    ...['quiet', 'loud'].map(joins),
    post('loud', 'one'),
    post('quiet', 'two'),
    post('loud', 'three'),
  ]);
  const target = join(folder, 'ranked');
  await writeRanked({ network, yubls }, target);
  const documents = await read(target);
  expect(documents.map(sequence)).toEqual(documents.map(sequence).toSorted());
  const authors = documents
    .filter(({ ns }) => ns.coll === 'yubls')
    .map(({ fullDocument }) => idOf(fullDocument.userId));
  expect(authors).toEqual([id('bob').$oid, id('ann').$oid, id('bob').$oid]);
  // Twice to the three who follow bob, once to the one who follows ann.
  expect((await naiveFeeds(target, { everyUser: 1 })).entries).toBe(7);
});
