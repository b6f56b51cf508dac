import { join } from 'node:path';
import type { DataFolder } from '../../../adapters/embedded/files/data-folder.ts';
import { type LiveVersion } from '../../../adapters/embedded/projection/live-pointer.ts';
import { NO_PROGRESS, otherBank, type ProgressBoard } from '../../../adapters/embedded/projection/progress-board.ts';
import { removeDatabase } from '../../../adapters/embedded/files/sqlite.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { catalogFacts } from '../../../schema-registry/catalog-facts.ts';
import { damageOf } from './damage.ts';
import { type ProjectionVersion, startVersion, type VersionSpecification } from './projection-version.ts';
import type { EngineOptions } from '../engine-options.ts';

/** The versions of the projections that this process writes: a live version of each, and candidates beside them. */
export interface ProjectionHost {
  live(name: ProjectionName): ProjectionVersion;
  /** Starts a version in the free bank of the progress board, where nothing reads its progress yet. */
  startCandidate(
    specification: Pick<VersionSpecification, 'name' | 'file'> & { id: string },
  ): Promise<ProjectionVersion>;
  endCandidate(candidate: ProjectionVersion): Promise<void>;
  /** From now on, the candidate's progress is that of the projection. Returns the previous live version. */
  makeLive(candidate: ProjectionVersion): ProjectionVersion;
  /** Feed entries written since this host was opened, by all versions. */
  feedEntries(): number;
  stop(): Promise<void>;
}

export interface ProjectionHostOptions extends Pick<
  EngineOptions,
  'logger' | 'threadLogs' | 'feedLength' | 'celebrityFollowers' | 'further'
> {
  readonly folder: DataFolder;
  readonly board: ProgressBoard;
  readonly files: ReadonlyMap<ProjectionName, LiveVersion>;
  readonly damaged: (version: ProjectionVersion, reason: string) => void;
}

/** Starts a thread per projection. Rejects if one of them cannot be started; none is running then. */
export async function openProjectionHost(options: ProjectionHostOptions): Promise<ProjectionHost> {
  const { board, folder, logger, files } = options;
  const surroundings = {
    ...options,
    pathOf: (file: string) => join(folder.path, file),
    thread: {
      logPath: folder.log,
      settings: {
        feedLength: options.feedLength,
        celebrityFollowers: options.celebrityFollowers,
        further: options.further ?? {},
      },
      facts: catalogFacts(),
      logger: options.threadLogs,
    },
  };
  const start = (specification: VersionSpecification) => startVersion(specification, surroundings);
  const starting = new Date().toISOString();
  const versions = await allOrNone(
    [...files].map(async ([name, { live: file, replayUpTo: upTo = 0 }]) => {
      const specification = { name, file, bank: 0, role: 'live', replay: { id: `start-${starting}`, upTo } } as const;
      try {
        return await start(specification);
      } catch (error) {
        const path = join(folder.path, file);
        const reason = damageOf(error, path);
        if (reason === undefined) throw error;
        // Opening the file finds damage that the check at the start does not.
        logger.warn({ path, reason }, 'projection file is damaged, rebuilding it');
        removeDatabase(path);
        return start({ ...specification, replay: { ...specification.replay, upTo: board.head() } });
      }
    }),
  );
  const live = new Map(versions.map((version) => [version.name, version]));
  const liveOf = (name: ProjectionName) => live.get(name) as ProjectionVersion;
  let entriesOfOthers = 0;

  return {
    live: liveOf,
    startCandidate: ({ name, file, id }) =>
      start({
        name,
        file,
        bank: otherBank(board.liveBank(name)),
        role: 'candidate',
        replay: { id, upTo: 0 },
        stepsFrom: join(folder.path, liveOf(name).file),
      }),
    async endCandidate(candidate) {
      await candidate.stop();
      candidate.progress.set(NO_PROGRESS);
    },
    makeLive(candidate) {
      const old = liveOf(candidate.name);
      entriesOfOthers += old.progress.progress().feedEntries - candidate.progress.progress().feedEntries;
      board.makeLive(candidate.name, candidate.bank);
      live.set(candidate.name, candidate);
      return old;
    },
    feedEntries: () => [...live.keys()].reduce((sum, name) => sum + board.progress(name).feedEntries, entriesOfOthers),
    stop: () => stopAll([...live.values()]),
  };
}

/** Waits for all versions, and stops those that have started if one has failed. */
export async function allOrNone(starting: readonly Promise<ProjectionVersion>[]): Promise<ProjectionVersion[]> {
  const settled = await Promise.allSettled(starting);
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  const started = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (failed === undefined) return started;
  await stopAll(started);
  throw failed.reason;
}

async function stopAll(versions: readonly ProjectionVersion[]): Promise<void> {
  await Promise.all(versions.map((version) => version.stop()));
}
