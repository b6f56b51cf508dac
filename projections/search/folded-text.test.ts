import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldName, foldWords, saysSomething } from './folded-text.ts';

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
    ['so\u00ADft zero\u200Bwidth\uFEFF', 'soft zerowidth'],
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
      { numRuns: 2000 },
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
    ['李白と杜甫', '李白と杜甫'],
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
      { numRuns: 2000 },
    );
  });
});

describe('what was typed', () => {
  it.each(['', ' ', '...', '?! ¿'])('says nothing: %j', (text) => {
    expect(saysSomething(foldName(text))).toBe(false);
  });

  it.each(['a', '_x', '7', '李', '🌳', '<'])('says something: %j', (text) => {
    expect(saysSomething(foldName(text))).toBe(true);
  });
});
