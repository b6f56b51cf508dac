import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchContext } from '../harness/benchmark.ts';
import { writeCopies } from './copies.ts';
import { writeRanked } from './ranked.ts';

/** A file of changes, and its description. */
export interface Input {
  readonly path: string;
  readonly words: string;
  /** The known number of feed entries that it leads to. */
  readonly knownEntries?: number;
}

const SAMPLE = fileURLToPath(new URL('../../samples/irc-2016.changes.ndjson.gz', import.meta.url));
const SAMPLE_COPIES = 10;

/** irc-2008, or copies of the shipped sample with about as many changes. */
export async function ircInput({ dataFolder, folder }: BenchContext): Promise<Input> {
  const path = findData(dataFolder, 'irc-2008');
  if (path !== undefined) return { path, words: 'irc-2008, 165,000 changes', knownEntries: 1_260_849 };
  const copies = join(folder, 'irc-2016-copies.ndjson.gz');
  if (!existsSync(copies))
    await writeCopies(SAMPLE, copies, { count: SAMPLE_COPIES, arrangement: 'one after the other' });
  return { path: copies, words: `${SAMPLE_COPIES} disjoint copies of irc-2016 (irc-2008 was not there)` };
}

/** The yubls of irc-2008 given to the users of twitter-bofa by rank; undefined without those two files, and in quick
 *  runs. */
export async function heavyInput({ dataFolder, folder, quick }: BenchContext): Promise<Input | undefined> {
  if (quick) return undefined;
  const yubls = findData(dataFolder, 'irc-2008');
  const network = findData(dataFolder, 'twitter-bofa');
  if (yubls === undefined || network === undefined) return undefined;
  const path = join(folder, 'twitter-bofa-x-irc-2008.ndjson.gz');
  if (!existsSync(path)) await writeRanked({ network, yubls }, path);
  return { path, words: 'twitter-bofa × irc-2008, 216,787 changes', knownEntries: 30_014_083 };
}

/** Names of people for search: of congress-names, or else the user names of the shipped sample. */
export function namesInput({ dataFolder }: BenchContext): Input {
  const path = findData(dataFolder, 'congress-names');
  return path === undefined
    ? { path: SAMPLE, words: 'irc-2016 (congress-names was not there)' }
    : { path, words: 'congress-names' };
}

export const HEAVY_IS_MISSING =
  'twitter-bofa × irc-2008 was left out: it takes the time of a full run, and its two files in --data FOLDER.';
export const HEAVY_IS_PAIRED =
  'twitter-bofa × irc-2008: the yubls of one data set are assigned to the users of the other by rank. Both are real; their pairing is synthetic.';

function findData(dataFolder: string | undefined, name: string): string | undefined {
  if (dataFolder === undefined) return undefined;
  const path = join(dataFolder, `${name}.changes.ndjson.gz`);
  return existsSync(path) ? path : undefined;
}
