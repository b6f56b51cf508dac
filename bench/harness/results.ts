import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Benchmark, type Figure, type Measured, reaches } from './benchmark.ts';
import type { Circumstances } from './circumstances.ts';

/** What bench/results.json holds: the newest full run of each benchmark. */
export interface Results {
  readonly benchmarks: Readonly<Record<string, Result>>;
}

export interface Result extends Measured {
  readonly title: string;
  readonly circumstances: Circumstances;
  /** How long the benchmark took. */
  readonly seconds: number;
}

const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

export function readResults(path: string): Results {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : { benchmarks: {} };
}

/** Writes the results, and their table between the two markers of the document; the prose around it is left alone. */
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

/** A table per benchmark: its figures, then on what, when and where they were measured. */
export function tableOf({ benchmarks }: Results): string {
  return Object.entries(benchmarks)
    .map(([name, result]) => section(name, result))
    .join('\n');
}

function section(name: string, { title, figures, input, notes, circumstances }: Result): string {
  const { date, commit, node, machine } = circumstances;
  return [
    `### ${title}`,
    '',
    '| what | bar | reached | all runs |',
    '| --- | --- | --- | --- |',
    ...figures.map(row),
    '',
    `Input: ${input}. Again: \`npm run bench -- ${name}\`. ${date}, commit ${commit}, Node ${node}, ${machine}.`,
    ...notes.map((note) => `\n- ${note}`),
    '',
  ].join('\n');
}

function row(figure: Figure): string {
  const { what, unit, value, runs, bar } = figure;
  const wanted =
    bar?.atLeast !== undefined ? `≥ ${shown(bar.atLeast)}` : bar?.atMost !== undefined ? `≤ ${shown(bar.atMost)}` : '';
  const missed = reaches(figure) === false ? ' **(missed)**' : '';
  return `| ${what} | ${wanted} | ${shown(value)} ${unit}${missed} | ${spread(runs)} |`;
}

function spread(runs: readonly number[]): string {
  if (runs.length === 1) return 'one run';
  return `${runs.length} runs, ${shown(Math.min(...runs))} to ${shown(Math.max(...runs))}`;
}

export function shown(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: value >= 1000 ? 21 : 4 });
}

/** The same for a terminal. */
export function linesOf(benchmark: Benchmark, { input, figures, notes }: Measured): string[] {
  const width = Math.max(...figures.map(({ what }) => what.length));
  return [
    `${benchmark.title} (${input})`,
    ...figures.map((figure) => {
      const { what, unit, value, runs, bar } = figure;
      const reached = reaches(figure);
      const verdict = reached === undefined ? '' : reached ? '  reached' : `  MISSED ${JSON.stringify(bar)}`;
      return `  ${what.padEnd(width)}  ${shown(value)} ${unit} (${spread(runs)})${verdict}`;
    }),
    ...notes.map((note) => `  ${note}`),
  ];
}
