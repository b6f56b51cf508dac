import { execFileSync } from 'node:child_process';
import { arch, cpus, platform, release, totalmem } from 'node:os';

/** Under what a benchmark was run. */
export interface Circumstances {
  /** ISO 8601, UTC, without the time. */
  readonly date: string;
  /** Short hash; with `+` if the project differed from it. */
  readonly commit: string;
  readonly node: string;
  readonly machine: string;
}

/** Files that a run of the benchmarks writes itself: they do not make the commit a different one. */
const OWN = [':!bench/results.json', ':!docs/benchmarks.md'];

export function circumstances(root: string): Circumstances {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commitOf(root),
    node: process.version,
    machine: machine(),
  };
}

function machine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? arch();
  return `${processors.length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()}`;
}

function commitOf(root: string): string {
  const git = (...parameters: string[]) =>
    execFileSync('git', parameters, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changed = git('status', '--porcelain', '--', '.', ...OWN) !== '';
    return git('rev-parse', '--short', 'HEAD') + (changed ? '+' : '');
  } catch {
    return 'unknown';
  }
}
