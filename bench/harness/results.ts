import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Benchmark, type Figure, type Measured, reaches } from './benchmark.ts';
import type { Circumstances } from './circumstances.ts';

/** The contents of bench/results.json: the newest full run of each benchmark. */
export interface Results {
  readonly benchmarks: Readonly<Record<string, Result>>;
}

export interface Result extends Measured {
  readonly title: string;
  readonly circumstances: Circumstances;
  /** Duration of the benchmark. */
  readonly seconds: number;
}

const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

export function readResults(path: string): Results {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : { benchmarks: {} };
}

/** Writes the results, and their table between the two markers of the document; the prose around it stays. */
export function writeResults(results: Results, paths: { results: string; document: string }): void {
  writeFileSync(paths.results, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(paths.document, withTable(readFileSync(paths.document, 'utf8'), tableOf(results)));
}

export function withTable(document: string, table: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the document has no ${BEGIN} … ${END}`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${table}\n${document.slice(end)}`;
}

/** One table of everything that has a target, then each benchmark separately: its figures, input, date and machine. */
export function tableOf({ benchmarks }: Results): string {
  const all = Object.entries(benchmarks);
  return [
    '| what | bar | result | command |',
    '| --- | --- | --- | --- |',
    ...all.flatMap(([name, { figures }]) =>
      figures
        .filter(({ bar }) => bar !== undefined)
        .map((one) => `| ${name}: ${one.what} | ${wanted(one)} | ${reached(one)} | \`npm run bench -- ${name}\` |`),
    ),
    ...all.map(([name, result]) => section(name, result)),
  ].join('\n');
}

function section(name: string, { title, figures, input, notes, circumstances, seconds }: Result): string {
  const { date, commit, node, machine } = circumstances;
  return [
    '',
    `### ${name}: ${title}`,
    '',
    '| what | bar | result | all runs |',
    '| --- | --- | --- | --- |',
    ...figures.map((one) => `| ${one.what} | ${wanted(one)} | ${reached(one)} | ${spread(one.runs)} |`),
    '',
    `- Input: ${input}.`,
    ...notes.map((note) => `- ${note}`),
    `- ${date}, commit ${commit}, Node ${node}, ${machine}; ${seconds} s in total.`,
  ].join('\n');
}

function wanted({ bar }: Figure): string {
  if (bar?.atLeast !== undefined) return `≥ ${shown(bar.atLeast)}`;
  return bar?.atMost === undefined ? '' : `≤ ${shown(bar.atMost)}`;
}

function reached(one: Figure): string {
  return `${shown(one.value)} ${one.unit}${reaches(one) === false ? ' **(missed)**' : ''}`;
}

function spread(runs: readonly number[]): string {
  if (runs.length === 1) return 'one run';
  return `${runs.length} runs, ${shown(Math.min(...runs))} to ${shown(Math.max(...runs))}`;
}

function shown(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: value >= 1000 ? 21 : 4 });
}

/** The same for a terminal. */
export function linesOf(benchmark: Benchmark, { input, figures, notes }: Measured): string[] {
  const width = Math.max(...figures.map(({ what }) => what.length));
  return [
    `${benchmark.name}: ${benchmark.title}`,
    ...figures.map((one) => {
      const bar = wanted(one) === '' ? '' : `, bar ${wanted(one)}`;
      return `  ${one.what.padEnd(width)}  ${reached(one)} (${spread(one.runs)}${bar})`;
    }),
    `  Input: ${input}.`,
    ...notes.map((note) => `  ${note}`),
  ];
}
