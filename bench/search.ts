import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder } from '../adapters/embedded/files/data-folder.ts';
import { openSqliteSearchIndexReader } from '../adapters/embedded/search/index-reader.ts';
import type { SearchReader } from '../ports/search-reader.ts';
import { foldName, foldWords } from '../projections/search/folded-text.ts';
import { searchReader } from '../projections/search/search-queries.ts';
import { type Benchmark, expectEqual, type Figure, figure } from './harness/benchmark.ts';
import { seededRandom } from '../apps/seeded-random.ts';
import { median, quantile, sample } from './harness/statistics.ts';
import { buildProjection } from './load/build-projection.ts';
import { fillLogWith } from './load/fill-log.ts';
import { ircInput, namesInput } from './load/inputs.ts';
import { corpusEvents, type Person, type SearchCorpus, searchCorpus } from './load/search-corpus.ts';

const LIMIT = 50;
const CHECKED = 60;

export const search: Benchmark = {
  name: 'search',
  title: `In-process search, first ${LIMIT} found`,
  async run(context) {
    const [names, texts] = [namesInput(context), await ircInput(context)];
    const sizes = context.quick ? { people: 20_000, yubls: 50_000 } : { people: 200_000, yubls: 500_000 };
    const corpus = await searchCorpus({ names: names.path, texts: texts.path }, sizes);
    const folder = join(context.folder, 'search');
    mkdirSync(folder);
    context.say('into the log');
    await fillLogWith(folder, corpusEvents(corpus));
    context.say('into the index');
    const { seconds } = await buildProjection('search', folder, 0);
    const index = openSqliteSearchIndexReader(dataFolder(folder).projection('search'));
    const reader = searchReader(index);
    const queries = queriesOf(corpus, context.quick ? 2000 : 10_000);
    context.say('comparing with a naive search');
    await compare(reader, corpus, queries);
    const rounds = context.quick ? 1 : 3;
    const figures = [
      ...(await latencies(queries.prefixes, { rounds, find: (text) => reader.users(text, { limit: LIMIT }) }, USERS)),
      ...(await latencies(queries.words, { rounds, find: (text) => reader.yubls(text, { limit: LIMIT }) }, YUBLS)),
      figure('index build: users and yubls per second', '/s', { runs: [(sizes.people + sizes.yubls) / seconds] }),
    ];
    index.close();
    return {
      input: `${sizes.people} users whose names are combined from ${names.words}; ${sizes.yubls} yubls, the texts of ${texts.words} repeated with a word changed`,
      figures,
      notes: [
        'Prefixes of 2 to 5 letters of a random user’s name; one to three words that occur in one yubl, drawn from running text, so that common words are searched most.',
        `${CHECKED} searches of each kind were compared with a naive search.`,
      ],
    };
  },
};

const USERS = { name: 'users by prefix', barMs: 1 };
const YUBLS = { name: 'yubls by words', barMs: 60 };

interface Queries {
  readonly prefixes: readonly string[];
  readonly words: readonly string[];
}

function queriesOf({ people, yubls }: SearchCorpus, count: number): Queries {
  const random = seededRandom(50);
  const below = (limit: number) => Math.floor(random() * limit);
  const prefixes = Array.from({ length: count }, () => {
    const { firstName, lastName, userName } = people[below(people.length)] as Person;
    const name = foldName([firstName, lastName, userName][below(3)] ?? '');
    return name.slice(0, 2 + below(4)).trim();
  });
  const words: string[] = [];
  while (words.length < count) {
    const said = foldWords(yubls[below(yubls.length)]?.text ?? '').split(' ');
    const wanted = Array.from({ length: 1 + below(3) }, () => said[below(said.length)]);
    if (said[0] !== '') words.push(wanted.join(' '));
  }
  return { prefixes, words };
}

interface Searching {
  readonly rounds: number;
  readonly find: (text: string) => Promise<unknown>;
}

async function latencies(
  texts: readonly string[],
  { rounds, find }: Searching,
  { name, barMs }: typeof USERS,
): Promise<Figure[]> {
  const all: number[][] = [];
  // The first round fills the caches and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    const ofRound: number[] = [];
    for (const text of texts) {
      const start = performance.now();
      await find(text);
      ofRound.push(performance.now() - start);
    }
    if (round > 0) all.push(ofRound);
  }
  return [
    figure(`${name}: p99`, 'ms', { runs: all.map((ofRound) => quantile(ofRound, 0.99)), bar: { atMost: barMs } }),
    figure(`${name}: p50`, 'ms', { runs: all.map((ofRound) => median(ofRound)) }),
    figure(`${name}: longest`, 'ms', { runs: all.map((ofRound) => Math.max(...ofRound)) }),
  ];
}

async function compare(reader: SearchReader, corpus: SearchCorpus, queries: Queries): Promise<void> {
  const people = corpus.people.map(({ userId, ...names }) => ({ userId, names: Object.values(names).map(foldName) }));
  for (const prefix of sample(queries.prefixes, CHECKED)) {
    const found = await reader.users(prefix, { limit: LIMIT });
    const expected = people
      .flatMap(({ userId, names }) => {
        const name = names.filter((each) => each.startsWith(prefix)).toSorted()[0];
        return name === undefined ? [] : [{ userId, name }];
      })
      .toSorted((one, two) => compareText(one.name, two.name) || compareText(one.userId, two.userId))
      .slice(0, LIMIT);
    const ids = expected.map(({ userId }) => userId);
    expectEqual(`users of ${prefix}`, found.items.map(({ userId }) => userId).join(' '), ids.join(' '));
  }
  const yubls = corpus.yubls.map(({ yublId, text }) => ({ yublId, words: ` ${foldWords(text)} ` }));
  for (const text of sample(queries.words, CHECKED)) {
    const found = await reader.yubls(text, { limit: LIMIT });
    const wanted = text.split(' ').map((word) => ` ${word} `);
    const expected = yubls.filter(({ words }) => wanted.every((word) => words.includes(word))).slice(-LIMIT);
    const ids = expected.map(({ yublId }) => yublId).toReversed();
    expectEqual(`yubls of ${text}`, found.items.map(({ yublId }) => yublId).join(' '), ids.join(' '));
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
