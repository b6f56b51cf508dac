import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImportSummary } from '../../apps/cli/commands/import.ts';
import { expectEqual } from '../harness/benchmark.ts';
import { type ProcessRun, runProcess } from '../harness/child.ts';
import type { NaiveFeeds } from './naive-feeds.ts';

const FIGTREE = fileURLToPath(new URL('../../figtree', import.meta.url));

export interface ImportRun extends Omit<ProcessRun, 'stdout'> {
  /** The summary that the import prints. */
  readonly summary: ImportSummary;
}

/** `environment` adds variables. */
interface Asked extends ExpectedCounts {
  readonly environment?: Readonly<Record<string, string>>;
}

export type ExpectedCounts = Pick<NaiveFeeds, 'changes' | 'entries'>;

/** An import into a new folder, which is removed afterwards. */
export async function runImport(
  folder: string,
  changes: string,
  { environment, ...expected }: Asked,
): Promise<ImportRun> {
  const data = mkdtempSync(join(folder, 'import-'));
  try {
    return await importInto(data, changes, { ...expected, ...(environment && { environment }) });
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

/** Runs `./figtree import` as a user would. Every change must have been accepted and every feed entry made. */
export async function importInto(
  data: string,
  changes: string,
  { environment: more = {}, ...expected }: Asked,
): Promise<ImportRun> {
  const environment = { FIGTREE_DATA: data, FIGTREE_CELEBRITY_FOLLOWERS: '1000000', LOG_LEVEL: 'warn', ...more };
  const { stdout, ...run } = await runProcess(FIGTREE, ['import', changes, '--json'], environment);
  const summary = JSON.parse(stdout) as ImportSummary;
  expectEqual('read', summary.read, expected.changes);
  expectEqual('accepted', summary.accepted, expected.changes);
  expectEqual('feed entries', summary.feedEntries, expected.entries);
  return { ...run, summary };
}
