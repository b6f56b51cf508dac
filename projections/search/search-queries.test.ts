import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import { openProjectionFile } from '../../adapters/embedded/projection/file.ts';
import { SEARCH_SCHEMA, SEARCH_VERSION } from '../../adapters/embedded/search/file.ts';
import { openSqliteSearchIndexReader } from '../../adapters/embedded/search/index-reader.ts';
import { openSqliteSearchIndex } from '../../adapters/embedded/search/search-index.ts';
import { indexSearch } from '../../consumers/index-search.ts';
import { handleAlone } from '../../testing/consumers/handle-alone.ts';
import type { EventData } from '../../events/catalog.ts';
import { sequenceOf } from '../../events/sequence.ts';
import { recordedEvent } from '../../ports/contracts/histories.ts';
import type { SearchReader } from '../../ports/search-reader.ts';
import { searchReader } from './search-queries.ts';
import { searchModel } from './search.model.ts';

const longText = Array.from({ length: 300 }, (_, number) => `word${number}`).join(' ');
const people: Omit<EventData<'user-joined'>, 'userId' | 'joinedAt'>[] = [
  { userName: 'countess', firstName: 'Augusta Ada', lastName: 'Lovelace' },
  { userName: 'jose', firstName: 'José', lastName: 'Ñuñez' },
  { userName: '_"x"*', lastName: 'OR' },
];
const clause = '我昨天在东京都的图书馆里读了一本关于图书的书。';
const texts = [
  'Figs and trees',
  'the NEAR tree OR not',
  longText,
  '" * ^ ( )',
  clause,
  'ភាសា\u200Bខ្មែរ',
  'ฉันรักภาษาไทยมาก',
  'ນ້ຳໃຈ\u200Bດີ',
  'zero\u200Bwidth',
];
const joinedAt = '2016-02-22T07:02:00.000Z';
const events = [
  ...people.map((person, number) => {
    const data = { userId: String(number + 1).padStart(24, '0'), joinedAt, ...person };
    return recordedEvent('user-joined', data, { sequence: sequenceOf(1, number) });
  }),
  ...texts.map((text, number) => {
    const data = { yublId: String(number).padStart(24, '0'), authorId: '0'.repeat(24), text, postedAt: joinedAt };
    return recordedEvent('yubl-posted', data, { sequence: sequenceOf(2, number) });
  }),
];
const model = searchModel(events);

let search: SearchReader;
let close: () => void;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-search-'));
  const path = join(folder, 'search.db');
  const file = openProjectionFile({ path, version: SEARCH_VERSION, schema: SEARCH_SCHEMA });
  const index = openSqliteSearchIndexReader(path);
  const handle = handleAlone(indexSearch(openSqliteSearchIndex(file)));
  await file.commit(async () => {
    for (const event of events) await handle(event);
    return events.length;
  });
  search = searchReader(index);
  close = () => {
    index.close();
    file.close();
    rmSync(folder, { recursive: true });
  };
});

afterAll(() => close());

const userNames = async (text: string) => (await search.users(text, { limit: 50 })).items.map((hit) => hit.userName);
const found = async (text: string) => (await search.yubls(text, { limit: 50 })).items.map((hit) => hit.text);

describe('a search', () => {
  it.each(['', ' \n', '?!', '\u200B', 'a '.repeat(5000), 'x'.repeat(10_000), '\u0301'.repeat(10_000)])(
    'for %j finds nothing and is no error',
    async (text) => {
      expect(await search.users(text, { limit: 50 })).toEqual({ items: [] });
      expect(await search.yubls(text, { limit: 50 })).toEqual({ items: [] });
    },
  );

  it('finds users by the beginning of a name, or of several', async () => {
    expect(await userNames('LOVE')).toEqual(['countess']);
    expect(await userNames('augusta a')).toEqual(['countess']);
    expect(await userNames('lov aug')).toEqual(['countess']);
    expect(await userNames('l lov')).toEqual(['countess']);
    expect(await userNames('ada')).toEqual([]);
    expect(await userNames('jose nu')).toEqual(['jose']);
    expect(await userNames('JOSÉ')).toEqual(['jose']);
    expect(await userNames('lov aug cou jos')).toEqual([]);
  });

  it('finds yubls by whole words, also those that a query language would take for its own', async () => {
    expect(await found('tree')).toEqual(['the NEAR tree OR not']);
    expect(await found('or NEAR not')).toEqual(['the NEAR tree OR not']);
    expect(await found('FIGS tree')).toEqual([]);
    expect(await found('and, FIGS!')).toEqual(['Figs and trees']);
  });

  it('takes as many words as a query may have', async () => {
    const many = Array.from({ length: 60 }, (_, number) => `word${number}`).join(' ');
    expect(many.length).toBeLessThan(500);
    expect(await found(many)).toEqual([longText]);
    const letters = Array.from({ length: 249 }, (_, number) => String.fromCodePoint(0x4e00 + number)).join(' ');
    expect(await found(letters)).toEqual([]);
    const clauses = Array.from({ length: 500 }, (_, number) => String.fromCodePoint(0x4e00 + number)).join('');
    expect(await found(clauses)).toEqual([]);
  });

  it.each([
    ['東京都', []],
    ['东京都', [clause]],
    ['图书馆', [clause]],
    ['图书馆 昨天', [clause]],
    ['书', [clause]],
    ['馆图', []],
    [clause, [clause]],
    ['ខ្មែរ', ['ភាសា\u200Bខ្មែរ']],
    ['ភាសាខ្មែរ', ['ភាសា\u200Bខ្មែរ']],
    ['ភាសា\u200Bខ្មែរ', ['ភាសា\u200Bខ្មែរ']],
    ['ภาษาไทย', ['ฉันรักภาษาไทยมาก']],
    ['ภาษาลาว', []],
    ['ດີ', ['ນ້ຳໃຈ\u200Bດີ']],
    ['width', ['zero\u200Bwidth']],
    ['zerowidth', []],
  ])('finds what is written without blanks by any part of it: %s', async (typed, expected) => {
    expect(await found(typed)).toEqual(expected);
  });

  it('finds what looking at everything finds, whatever is typed', async () => {
    const typed = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc
        .array(
          fc.constantFrom(
            '东',
            '东京',
            '图书',
            'ภาษา',
            'ខ្មែរ',
            '\u200B',
            'a',
            'lov',
            'or',
            '"',
            '*',
            'jose',
            'tree',
            'near',
            '(',
            ')',
            ':',
            '^',
            '-',
            'words:the',
          ),
        )
        .map((parts) => parts.join(' ')),
    );
    await fc.assert(
      fc.asyncProperty(typed, async (text) => {
        expect((await search.users(text, { limit: 50 })).items).toEqual(model.users(text));
        expect((await search.yubls(text, { limit: 50 })).items).toEqual(model.yubls(text));
      }),
      { numRuns: randomRuns(200) },
    );
  });
});
