// replaced by bulk's at the merge: an ordinary processor over a file that is not whole yet.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ProjectionName } from '../../ports/progress.ts';
import { catalogFacts } from '../../schema-registry/catalog-facts.ts';
import type { ProjectionSettings } from './projections.ts';
import { runTask } from './rebuild-tasks.ts';

export interface BuildOptions {
  readonly projections: readonly ProjectionName[];
  readonly logPath: string;
  /** Of the complete files. */
  readonly paths: Readonly<Partial<Record<ProjectionName, string>>>;
  readonly settings: ProjectionSettings;
  readonly upTo: number;
  readonly replayId: string;
  readonly rate?: () => number;
  readonly onError: 'stop' | 'park';
  readonly onProgress: (progress: {
    readonly projection: ProjectionName;
    readonly position: number;
    readonly events: number;
    readonly phase: 'reading' | 'writing';
  }) => void;
  readonly signal: AbortSignal;
}

export type Builds = Partial<
  Record<ProjectionName, { readonly position: number; readonly events: number; readonly feedEntries: number }>
>;

export async function startBuild(options: BuildOptions): Promise<Builds> {
  const { upTo, settings, replayId, onError, signal, rate } = options;
  const built: Builds = {};
  await Promise.all(
    options.projections.map(async (name) => {
      const path = options.paths[name] ?? '';
      mkdirSync(dirname(path), { recursive: true });
      for (const beside of ['', '-wal', '-shm']) rmSync(`${path}.part${beside}`, { force: true });
      const task = { kind: 'catch-up', name, upTo, settings, replayId, onError, facts: catalogFacts() } as const;
      const { position, feedEntries } = await runTask(
        { ...task, logPath: options.logPath, path: `${path}.part`, rename: path },
        {
          signal,
          ...(rate !== undefined && { rate }),
          onPosition: (at) => options.onProgress({ projection: name, position: at, events: at, phase: 'reading' }),
        },
      );
      if (!signal.aborted) built[name] = { position, events: position, feedEntries };
    }),
  );
  return built;
}
