import { dataFolder } from '../../adapters/embedded/data-folder.ts';
import { openSqliteEventLogReader } from '../../adapters/embedded/sqlite-event-log-reader.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import type { BuiltFile, RebuildParts, Verified } from '../../replay/rebuild.ts';
import type { ProjectionRebuild, RebuildState } from '../../replay/rebuild-state.ts';
import { catalogFacts } from '../../schema-registry/catalog-facts.ts';
import { startBuild } from './builds.ts';
import { liveStanding } from './live-standing.ts';
import { projections, type ProjectionSettings } from './projections.ts';
import type { RebuildFiles } from './rebuild-files.ts';
import { type Holder, isLive } from './rebuild-swap.ts';
import { runTask } from './rebuild-tasks.ts';

export interface PartsOptions {
  readonly folder: string;
  readonly files: RebuildFiles;
  readonly settings: ProjectionSettings;
  readonly holder: Holder;
  readonly rate: () => number;
  readonly signal: AbortSignal;
  readonly onPosition: (name: ProjectionName, position: number) => void;
  readonly onStage: () => void;
}

/** The parts of a rebuild in a data folder: threads that read its log and write new files beside the live ones. */
export function rebuildParts(options: PartsOptions, state: RebuildState): RebuildParts {
  const { files, settings, rate, signal, onPosition } = options;
  const { until, onError } = state.options;
  const folder = dataFolder(options.folder);

  async function head(): Promise<number> {
    const log = openSqliteEventLogReader(folder.log);
    try {
      return await log.head();
    } finally {
      await log.close();
    }
  }

  async function build(
    names: readonly ProjectionName[],
    upTo: number,
  ): Promise<Partial<Record<ProjectionName, BuiltFile>>> {
    const wanted = state.projections.filter(({ name }) => names.includes(name));
    for (const { file } of wanted) files.removeFile(file);
    const built = await startBuild({
      projections: names,
      logPath: folder.log,
      paths: Object.fromEntries(wanted.map(({ name, file }) => [name, files.path(file)])),
      settings,
      upTo,
      replayId: state.id,
      rate,
      onError,
      onProgress: ({ projection, position }) => onPosition(projection, position),
      signal,
    });
    const positions = names.flatMap((name) => {
      const file = built[name];
      return file === undefined ? [] : [[name, { position: file.position, parked: 0 }] as const];
    });
    return Object.fromEntries(positions);
  }

  async function catchUp({ name, file, target }: ProjectionRebuild): Promise<BuiltFile> {
    const task = { kind: 'catch-up', name, settings, onError, facts: catalogFacts(), upTo: target } as const;
    const { position, parked } = await runTask(
      { ...task, logPath: folder.log, path: files.path(file), replayId: state.id },
      { signal, rate, onPosition: (at) => onPosition(name, at) },
    );
    return { position, parked };
  }

  async function verify(projection: ProjectionRebuild): Promise<Verified> {
    const { name, file } = projection;
    const live = liveStanding(folder, name);
    const comparable =
      live?.version === projection.version &&
      live.position === projection.position &&
      live.parked + projection.parked === 0;
    const audit = (path: string, thorough: boolean) => runTask({ kind: 'audit', name, path, thorough }, { signal });
    const [found, beside] = await Promise.all([
      audit(files.path(file), true),
      // What cannot be read there is no reason to leave it live.
      comparable ? audit(folder.projection(name), false).catch(() => undefined) : undefined,
    ]);
    const { counts, broken, digest } = found;
    const sameMoment = beside?.position === found.position && beside.parked === 0;
    const comparison = sameMoment ? (beside.digest === digest ? 'equal' : 'different') : 'not comparable';
    return { counts, broken, digest, live: comparison };
  }

  return {
    save(saved) {
      files.save(saved);
      options.onStage();
    },
    build,
    async target(name) {
      if (until !== undefined) return until;
      const end = await head();
      const live = liveStanding(folder, name);
      return live?.version === projections[name].version ? Math.min(end, live.position) : end;
    },
    catchUp,
    verify,
    compare() {
      throw new FigtreeError('REQUEST_INVALID', '--promote-at is not part of this Figtree');
    },
    async swap() {
      const waiting = state.projections.filter(({ name, file }) => !isLive(options.folder, name, file));
      if (waiting.length === 0) return {};
      const named = Object.fromEntries(waiting.map(({ name, file }) => [name, file]));
      const swapped = await options.holder.swap({ id: state.id, files: named });
      return Object.fromEntries(Object.entries(swapped).map(([name, { position }]) => [name, position]));
    },
    signal,
  };
}
