import { expect, test } from 'vitest';
import { figure } from './benchmark.ts';
import { type Result, tableOf, withTable } from './results.ts';

const result: Result = {
  title: 'Something',
  input: 'a file',
  notes: ['A note.'],
  seconds: 12,
  circumstances: { date: '2026-01-02', commit: 'abc1234', node: 'v24.0.0', machine: 'one' },
  figures: [
    figure('fast enough', '/s', { runs: [1000, 3000, 2000], bar: { atLeast: 1500 } }),
    figure('too slow', 'ms', { runs: [2.5], bar: { atMost: 1 } }),
    figure('without a bar', 'MiB', { runs: [0.123456] }),
  ],
};

test('a figure is the median of its runs, with four digits', () => {
  expect(result.figures.map(({ value }) => value)).toEqual([2000, 2.5, 0.1235]);
});

test('a figure that is none is refused', () => {
  expect(() => figure('nothing', '/s', { runs: [] })).toThrow('nothing');
  expect(() => figure('nothing', '/s', { runs: [1, Number.NaN] })).toThrow('nothing');
});

test('the table says what was reached, what was missed and how to do it again', () => {
  const lines = tableOf({ benchmarks: { some: result } }).split('\n');
  expect(lines).toContain('| some: fast enough | ≥ 1,500 | 2,000 /s | `npm run bench -- some` |');
  expect(lines).toContain('| some: too slow | ≤ 1 | 2.5 ms **(missed)** | `npm run bench -- some` |');
  expect(lines).toContain('| fast enough | ≥ 1,500 | 2,000 /s | 3 runs, 1,000 to 3,000 |');
  expect(lines).toContain('| without a bar |  | 0.1235 MiB | one run |');
  expect(lines.filter((line) => line.includes('without a bar'))).toHaveLength(1);
});

test('the table replaces the one between the markers and nothing else', () => {
  const before = 'prose\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nmore prose\n';
  const once = withTable(before, 'new');
  expect(once).toBe('prose\n<!-- bench:begin -->\n\nnew\n<!-- bench:end -->\nmore prose\n');
  expect(withTable(once, 'new')).toBe(once);
  expect(() => withTable('prose', 'new')).toThrow('bench:begin');
});
