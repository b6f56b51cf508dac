import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import { foldName, foldWords, isSearchable, typedWords } from './folded-text.ts';

describe('a folded name', () => {
  it.each([
    ['Lovelace', 'lovelace'],
    ['  Ada \t\n King  ', 'ada king'],
    ['José Ñuñez', 'jose nunez'],
    ['Jose\u0301', 'jose'],
    ['Straße STRASSE Straẞe', 'strasse strasse strasse'],
    ['Łódź Đorđe Ørsted', 'lodz dorde orsted'],
    ['Ægir Œuvre Þór Ðan', 'aegir oeuvre thor dan'],
    ['İstanbul Iğdır', 'istanbul igdir'],
    ['Ǿ ǅ ﬁ ＡＢ Ⅳ ²', 'o dz fi ab iv 2'],
    ['ΟΔΥΣΣΕΥΣ Ὀδυσσεύς', 'οδυσσευσ οδυσσευσ'],
    ['Йозеф Ёлка', 'иозеф елка'],
    ['O’Hara Oʼhara', "o'hara o'hara"],
    ['שָׁלוֹם', 'שלום'],
    ['مُحَمَّد', 'محمد'],
    // Unicode format characters stand within a word, except the zero width space.
    ['so\u00ADft wo\u2060rd zero\u200Bwidth\uFEFF', 'soft word zero width'],
    ['\u200Bzero\u200B \u200Bwidth\u200B', 'zero width'],
    ['می\u200Cخواهم ক্\u200Dষ \u202Aa\u2069', 'میخواهم ক্ষ a'],
    ['❤\uFE0F ❤', '❤ ❤'],
    ['a\u0000b\u001Fc\u{10FFFF}d\uD800e', 'a b c d e'],
    ['𝒜da 🌳️', 'ada 🌳'],
    ['_Nix_ [bot]', '_nix_ [bot]'],
    ['', ''],
  ])('%j is %j', (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });

  it('keeps apart what the marks of a script make another letter', () => {
    expect(foldName('कि')).not.toBe(foldName('कु'));
    expect(foldName('が')).not.toBe(foldName('か'));
    expect(foldName('각')).not.toBe(foldName('가'));
  });

  it('is one however the same letters are composed', () => {
    for (const name of ['Ångström', 'Việt Nam', 'が', '각', 'ǅ']) {
      expect(foldName(name.normalize('NFD'))).toBe(foldName(name.normalize('NFC')));
    }
  });

  it('folds no further, and holds neither control characters nor U+10FFFF nor halves of characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (name) => {
        const folded = foldName(name);
        expect(foldName(folded)).toBe(folded);
        expect(folded).not.toMatch(/[\p{C}]|^\s|\s$|\s\s/u);
      }),
      { numRuns: randomRuns(1000) },
    );
  });
});

describe('folded words', () => {
  it.each([
    ['Anybody that can help?', 'anybody that can help'],
    ['sudo apt-get install x11-common_2', 'sudo apt get install x11 common 2'],
    ['don’t', 'don t'],
    ['Crème brûlée, s\u2019il vous plaît!', 'creme brulee s il vous plait'],
    ['हिन्दी में', 'हिन्दी में'],
    ['zero\u200Bwidth a\u00ADb c\u200Dd', 'zero width ab cd'],
    ['李白と杜甫', '李 白 と 杜 甫 李白 白と と杜 杜甫'],
    ['第3章 iPhone手机！', '第 3 章 iphone 手 机 手机'],
    ['ｶﾞｰﾃﾞﾝ', 'ガ ー デ ン ガー ーデ デン'.normalize('NFKD')],
    ['𠮷野家', '𠮷 野 家 𠮷野 野家'],
    ['มานี มี', 'ม า นี มา านี มี'],
    ['ភាសា\u200Bខ្មែរ', 'ភា សា ខ្ មែ រ ភាសា សាខ្ ខ្មែ មែរ'],
    ['ພາສາ ລາວ', 'ພ າ ສ າ ພາ າສ ສາ ລ າ ວ ລາ າວ'],
    ['မြန်မာ', 'မြ န် မာ မြန် န်မာ'],
    ['서울에 서울', '서울에 서울'.normalize('NFKD')],
    ['... !!! 🌳', ''],
    ['', ''],
  ])('of %j are %j', (text, words) => {
    expect(foldWords(text)).toBe(words);
  });

  it('are cut where they are longer than anybody types', () => {
    expect(foldWords(`${'a'.repeat(101)} ${'𐐨'.repeat(101)}`)).toBe(`${'a'.repeat(100)} ${'𐐨'.repeat(100)}`);
  });

  it('are those of any text in plain letters, however they are found', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 300 }), (text) => {
        const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
        expect(foldWords(text)).toBe(words.map((word) => word.slice(0, 100)).join(' '));
      }),
    );
    expect(foldWords('Ab, '.repeat(2000))).toBe('ab '.repeat(2000).trim());
  });

  it('hold no other ASCII than small letters, digits and the blanks between them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        expect(foldWords(text)).toMatch(/^([a-z0-9\u0080-\u{10FFFF}]+( [a-z0-9\u0080-\u{10FFFF}]+)*)?$/u);
      }),
      { numRuns: randomRuns(1000) },
    );
  });
});

describe('typed words', () => {
  it.each([
    ['Figs and figs', ['figs', 'and']],
    ['東京都', ['東京', '京都']],
    ['京', ['京']],
    ['東京 京', ['東京', '京']],
    ['iPhone手机', ['iphone', '手机']],
    ['\u200B', []],
    ['?!', []],
  ])('of %j are %j', (typed, words) => {
    expect(typedWords(typed)).toEqual(words);
  });

  // A text is found by any part of it, and by text with the same neighbours; in other scripts, by whole words.
  it('find what has each typed letter beside its neighbour, and nothing else', () => {
    const letters = fc.array(fc.constantFrom('東', '京', '都', 'ก', 'า', 'か', '\u200B', ' ', 'a', 'b'), {
      maxLength: 12,
    });
    const pieces = (signs: readonly string[]) => {
      const text = signs.join('').replace(/(?<=[^ab ])\u200B+(?=[^ab ])/g, '');
      const runs = text.split(/[ \u200B]+|(?<=[ab])(?=[^ab])|(?<=[^ab])(?=[ab])/).filter((run) => run !== '');
      return runs.flatMap((run) => {
        if (/[ab]/.test(run) || run.length === 1) return [{ run, among: /[ab]/.test(run) ? [run] : [] }];
        return Array.from(run)
          .slice(1)
          .map((sign, at) => ({ run: `${run[at]}${sign}`, among: [] as string[] }));
      });
    };
    fc.assert(
      fc.property(letters, letters, (said, typed) => {
        const wanted = pieces(typed);
        const has = ({ run, among }: { run: string; among: string[] }) =>
          among.length > 0
            ? pieces(said).some((one) => one.run === run && one.among.length > 0)
            : said
                .join('')
                .replaceAll('\u200B', '')
                .split(/[ab ]+/)
                .some((part) => part.includes(run));
        const words = new Set(foldWords(said.join('')).split(' '));
        expect(typedWords(typed.join('')).every((word) => words.has(word))).toBe(wanted.every(has));
      }),
      { numRuns: randomRuns(500) },
    );
  });

  it('of a whole text are all among its words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const words = new Set(foldWords(text).split(' '));
        expect(typedWords(text).filter((word) => !words.has(word))).toEqual([]);
      }),
      { numRuns: randomRuns(1000) },
    );
  });
});

describe('what was typed', () => {
  it.each(['', ' ', '...', '?! ¿'])('says nothing: %j', (text) => {
    expect(isSearchable(foldName(text))).toBe(false);
  });

  it.each(['a', '_x', '7', '李', '🌳', '<'])('says something: %j', (text) => {
    expect(isSearchable(foldName(text))).toBe(true);
  });
});
