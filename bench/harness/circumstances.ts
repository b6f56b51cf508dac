import { execFileSync } from 'node:child_process';
import { arch, cpus, platform, release, totalmem } from 'node:os';

/** The environment of a benchmark run. */
export interface Circumstances {
  /** ISO 8601, UTC, without the time. */
  readonly date: string;
  /** Short hash; with `+` if there were uncommitted changes. */
  readonly commit: string;
  readonly node: string;
  readonly machine: string;
}

/** Files that the benchmarks themselves write, which do not count as uncommitted changes. */
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
