import { join } from 'node:path';
import type { DataFolder } from '../../../adapters/embedded/files/data-folder.ts';
import {
  type LiveVersion,
  readLivePointer,
  writeLivePointer,
} from '../../../adapters/embedded/projection/live-pointer.ts';
import { NO_PROGRESS, otherBank, type ProgressBoard } from '../../../adapters/embedded/projection/progress-board.ts';
import { removeDatabase } from '../../../adapters/embedded/files/sqlite.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { catalogFacts } from '../../../schema-registry/catalog-facts.ts';
import { projectionNamed } from '../../projections/registry.ts';
import { namedDamage } from './damage.ts';
import {
  type ProjectionVersion,
  startVersions,
  type VersionSpecification,
  type VersionSurroundings,
} from './projection-version.ts';
import type { EngineOptions } from '../engine-options.ts';

/** The versions of the projections that this process writes: a live version of each, and candidates beside them. */
export interface ProjectionHost {
  live(name: ProjectionName): ProjectionVersion;
  /** Starts versions in the free banks of the progress board, where nothing reads their progress yet. All or none. */
  startCandidates(candidates: readonly Candidate[]): Promise<ProjectionVersion[]>;
  endCandidate(candidate: ProjectionVersion): Promise<void>;
  /** From now on, the candidate's progress is that of the projection. Returns the previous live version. */
  makeLive(candidate: ProjectionVersion): ProjectionVersion;
  /** Feed entries written since this host was opened, by all versions. */
  feedEntries(): number;
  stop(): Promise<void>;
}

/** A file that may become live, for a reason that is named by the ID of its replay. */
export type Candidate = Pick<VersionSpecification, 'name' | 'file'> & { readonly id: string };

export interface ProjectionHostOptions extends Pick<
  EngineOptions,
  'logger' | 'threadLogs' | 'feedLength' | 'celebrityFollowers' | 'further'
> {
  readonly folder: DataFolder;
  readonly board: ProgressBoard;
  readonly files: ReadonlyMap<ProjectionName, LiveVersion>;
  readonly damaged: (version: ProjectionVersion, reason: string) => void;
}

/** Starts the threads that write the projections. Rejects if one of them cannot be started; none is running then. */
export async function openProjectionHost(options: ProjectionHostOptions): Promise<ProjectionHost> {
  const { board, folder, files } = options;
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
  const start = (specifications: readonly VersionSpecification[]) =>
    allOrNone(byThread(specifications).map((together) => startVersions(together, surroundings)));

  const starting = new Date().toISOString();
  const specified = [...files].map(([name, { live: file, replayUpTo: upTo = 0 }]) => {
    return { name, file, bank: 0, role: 'live', replay: { id: `start-${starting}`, upTo } } as const;
  });
  const versions = await allOrNone(byThread(specified).map((together) => startLive(together, surroundings)));
  const live = new Map(versions.map((version) => [version.name, version]));
  const liveOf = (name: ProjectionName) => live.get(name) as ProjectionVersion;
  let entriesOfOthers = 0;

  return {
    live: liveOf,
    startCandidates(candidates) {
      const specifications = candidates.map(({ name, file, id }) => ({
        name,
        file,
        bank: otherBank(board.liveBank(name)),
        role: 'candidate' as const,
        replay: { id, upTo: 0 },
        stepsFrom: join(folder.path, liveOf(name).file),
      }));
      return start(specifications);
    },
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

type HostSurroundings = VersionSurroundings & Pick<ProjectionHostOptions, 'folder'>;

/** Starts live versions in one thread. Opening a file finds damage that the check at the start does not; each file is removed once
 *  at most. */
async function startLive(
  specifications: readonly VersionSpecification[],
  surroundings: HostSurroundings,
  removed: ReadonlySet<ProjectionName> = new Set(),
): Promise<ProjectionVersion[]> {
  const { board, logger, pathOf, folder } = surroundings;
  try {
    return await startVersions(specifications, surroundings);
  } catch (error) {
    const found = specifications.find(
      ({ name, file }) => namedDamage(error, pathOf(file)) !== undefined && !removed.has(name),
    );
    if (found === undefined) throw error;
    const { name } = found;
    const path = pathOf(found.file);
    logger.warn({ path, reason: namedDamage(error, path) }, 'projection file is damaged, rebuilding it');
    const upTo = board.head();
    // First, and permanently: what the lost file has handled must not have its effects again, whatever ends the rebuild.
    const pointer = readLivePointer(folder.path);
    writeLivePointer(folder.path, pointer.with([[name, { ...pointer.of(name), replayUpTo: upTo }]]));
    removeDatabase(path);
    const anew = (one: VersionSpecification) => ({ ...one, replay: { ...one.replay, upTo } });
    const rest = specifications.map((one) => (one.name === name ? anew(one) : one));
    return startLive(rest, surroundings, new Set([...removed, name]));
  }
}

/** Those that are written by the same thread. */
function byThread(specifications: readonly VersionSpecification[]): VersionSpecification[][] {
  const threadOf = ({ name }: VersionSpecification) => (projectionNamed(name).embedded.sharesThread ? '' : name);
  return [...Map.groupBy(specifications, threadOf).values()];
}

/** Waits for all threads, and stops the versions of those that have started if one has failed. */
async function allOrNone(starting: readonly Promise<ProjectionVersion[]>[]): Promise<ProjectionVersion[]> {
  const settled = await Promise.allSettled(starting);
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  const started = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
  if (failed === undefined) return started;
  await stopAll(started);
  throw failed.reason;
}

async function stopAll(versions: readonly ProjectionVersion[]): Promise<void> {
  await Promise.all(versions.map((version) => version.stop()));
}
