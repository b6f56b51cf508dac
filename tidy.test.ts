import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contractBreaches } from './tidy/contract-rules.ts';
import { importCircles } from './tidy/import-circles.ts';
import { importBreaches } from './tidy/import-rules.ts';
import { deadFiles, testOnlyFiles } from './tidy/reach-rules.ts';
import { languageBreaches } from './tidy/language-rules.ts';
import { linkBreaches } from './tidy/link-rules.ts';
import { heavyStarts } from './tidy/load-rules.ts';
import { lockBreaches } from './tidy/lock-rules.ts';
import { portBreaches } from './tidy/port-rules.ts';
import { readSourceTree } from './tidy/source-tree.ts';
import { sizeBreaches, wordBreaches } from './tidy/word-rules.ts';

// The rules of ARCHITECTURE.md that no linter knows, read off the source. tidy/planted-breaches.test.ts proves that
// each of them bites.

const tree = readSourceTree(import.meta.dirname);

describe('the source', () => {
  test('imports along the arrows of ARCHITECTURE.md', () => {
    expect(importBreaches(tree)).toEqual([]);
  });

  test('imports in no circle, types included', () => {
    expect(importCircles(tree)).toEqual([]);
  });

  test('holds no file that nothing uses', () => {
    expect(deadFiles(tree)).toEqual([]);
  });

  test('ships no file that only tests use', () => {
    expect(testOnlyFiles(tree)).toEqual([]);
  });

  test('starts its threads, commands and servers light', () => {
    expect(heavyStarts(tree)).toEqual([]);
  });

  test('comes in files of a size that can be read', () => {
    expect(sizeBreaches(tree)).toEqual([]);
  });

  test('uses the words of the house', () => {
    expect(wordBreaches(tree)).toEqual([]);
  });

  test('keeps the language of the finished folders', () => {
    expect(languageBreaches(tree)).toEqual([]);
  });

  test('proves every port that an adapter implements by its contract suite', () => {
    expect(contractBreaches(tree)).toEqual([]);
  });

  test('has nothing in its ports but interfaces and their constants', () => {
    expect(portBreaches(tree)).toEqual([]);
  });

  test('is what the documents say that it is', () => {
    expect(linkBreaches(tree, (path) => existsSync(join(import.meta.dirname, path)))).toEqual([]);
  });

  test('has a lock file that works on every machine and holds what is installed', () => {
    expect(lockBreaches(tree.get('package-lock.json') ?? '', tree.get('package.json'))).toEqual([]);
  });
});
