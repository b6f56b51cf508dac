import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

interface Change {
  readonly ns: { readonly coll: string };
  readonly fullDocument: Record<string, { readonly $oid: string }>;
}

test('the sample holds what its README says', () => {
  const facts = factsOf(readFileSync(join(import.meta.dirname, 'README.md'), 'utf8'));
  expect(facts).toEqual(countNaively(readChanges()));
});

function readChanges(): Change[] {
  const file = gunzipSync(readFileSync(join(import.meta.dirname, 'irc-2016.changes.ndjson.gz')));
  return file
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Change);
}

/** The figures of the table, from top to bottom. */
function factsOf(readme: string): number[] {
  return [...readme.matchAll(/^\|.*\| ([\d,]+) \|$/gm)].map(([, figure = '']) => Number(figure.replaceAll(',', '')));
}

/** This file has no unfollows, so a yubl goes to every user who has followed its author before. */
function countNaively(changes: readonly Change[]): number[] {
  const followers = new Map<string, Set<string>>();
  const of = (collection: string) => changes.filter((change) => change.ns.coll === collection).length;
  let feedEntries = 0;
  for (const { ns, fullDocument } of changes) {
    if (ns.coll === 'yubls') feedEntries += followers.get(fullDocument['userId']?.$oid ?? '')?.size ?? 0;
    if (ns.coll !== 'relationships') continue;
    const followee = fullDocument['followee']?.$oid ?? '';
    followers.set(followee, (followers.get(followee) ?? new Set()).add(fullDocument['follower']?.$oid ?? ''));
  }
  const most = Math.max(...[...followers.values()].map((set) => set.size));
  return [changes.length, of('users'), of('relationships'), of('yubls'), feedEntries, most];
}
