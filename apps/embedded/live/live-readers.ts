import type { ProgressBoard } from '../../../adapters/embedded/projection/progress-board.ts';
import {
  openProjectionProgress,
  type ProjectionProgressReader,
} from '../../../adapters/embedded/projection/progress.ts';
import type { ParkingLots } from '../../../engine/parked-queries.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { Logger } from '../../logger.ts';
import type { ProjectionDefinition } from '../../projections/definition.ts';
import type { EmbeddedProjection, LiveReader } from '../projection.ts';

/** The reading side of the versions that are live. What holds one of these readers reads the new version from the swap on. */
export interface LiveReaders {
  /** The reader of a projection, with the methods that its definition gives it. */
  of(name: ProjectionName): object;
  readonly progress: readonly Pick<ProjectionProgressReader, 'stepsOf'>[];
  readonly lots: ParkingLots;
  /** Opens the files that are to be live; nothing reads them yet. */
  prepare(paths: ReadonlyMap<ProjectionName, string>): Promise<PreparedReaders>;
  close(): Promise<void>;
}

export interface PreparedReaders {
  /** At once and for all of them together. The old files are closed when their last reads are over; resolves then. */
  take(): Promise<void>;
  discard(): Promise<void>;
}

export interface LiveReaderOptions {
  readonly projections: readonly ProjectionDefinition[];
  /** Of each of them. */
  readonly paths: ReadonlyMap<ProjectionName, string>;
  readonly feedLength: number;
  readonly board: Pick<ProgressBoard, 'position'>;
  readonly logger: Logger;
  /** A read has failed: perhaps its file is damaged. */
  readonly failed: (projection: ProjectionName, error: unknown) => void;
}

/** The reader of one version. What answers within the call that asks may be closed between any two of them; what another thread
 *  answers closes when its answers are given. */
interface OpenVersion extends LiveReader<object> {
  readonly progress: ProjectionProgressReader;
}

export async function openLiveReaders(options: LiveReaderOptions): Promise<LiveReaders> {
  const { projections, failed } = options;
  const names = projections.map(({ name }) => name);
  const loaded = await Promise.all(
    projections.map(async ({ name, embedded }) => [name, await embedded.load()] as const),
  );
  const parts = new Map(loaded);
  const open = (paths: ReadonlyMap<ProjectionName, string>) => openVersions(paths, parts, options);
  const versions = open(options.paths);
  const versionOf = (name: ProjectionName): OpenVersion => {
    const version = versions.get(name);
    if (version === undefined) throw new Error(`there is no projection ${name}`);
    return version;
  };
  const readers = new Map(
    names.map((name) => {
      const live = () => versionOf(name).reader;
      return [name, delegatingReader(live, (error) => failed(name, error))] as const;
    }),
  );

  return {
    of: (name) => readers.get(name) ?? versionOf(name).reader,
    progress: names.map((name) => ({
      stepsOf: (correlationId, upTo) => versionOf(name).progress.stepsOf(correlationId, upTo),
    })),
    lots: { names, of: (name) => versionOf(name).progress.parkedReader() },
    async prepare(paths) {
      const opened = open(paths);
      const discard = () => closeAll(opened.values());
      try {
        // The first question after the swap is not to be the one that waits for a thread.
        for (const [name, version] of opened) if (versionOf(name).isUsed?.() === true) await version.warmUp?.();
      } catch (error) {
        await discard();
        throw error;
      }
      return {
        take() {
          const old = [...opened.keys()].map(versionOf);
          for (const [name, version] of opened) versions.set(name, version);
          return closeAll(old);
        },
        discard,
      };
    },
    close: () => closeAll(versions.values()),
  };
}

type Parts = ReadonlyMap<ProjectionName, EmbeddedProjection>;

/** All of them or, if one cannot be opened, none. */
function openVersions(
  paths: ReadonlyMap<ProjectionName, string>,
  parts: Parts,
  options: LiveReaderOptions,
): Map<ProjectionName, OpenVersion> {
  const opened = new Map<ProjectionName, OpenVersion>();
  try {
    for (const [name, path] of paths) {
      const part = parts.get(name);
      if (part !== undefined) opened.set(name, openVersion(part, { name, path }, options));
    }
    return opened;
  } catch (error) {
    void closeAll(opened.values());
    throw error;
  }
}

function openVersion(
  part: EmbeddedProjection,
  { name, path }: { readonly name: ProjectionName; readonly path: string },
  { feedLength, board, logger }: LiveReaderOptions,
): OpenVersion {
  const place = { path, feedLength, position: () => board.position(name) };
  const live = part.openLiveReader?.(place, logger) ?? ofClosable(part.openReader(place));
  const progress = openProjectionProgress(path);
  return {
    ...live,
    progress,
    close() {
      progress.close();
      return live.close();
    },
  };
}

function ofClosable(reader: ReturnType<EmbeddedProjection['openReader']>): LiveReader<object> {
  return { reader, close: () => reader.close() };
}

type Method = (...asked: readonly unknown[]) => Promise<unknown>;

/** Has the methods of the reader that is live now, and asks the one that is live then. */
function delegatingReader(live: () => object, failed: (error: unknown) => void): object {
  const methods = Object.keys(live()).filter((name) => name !== 'close');
  const ask = (name: string): Method => {
    return (...asked) => {
      const answer = (Reflect.get(live(), name) as Method)(...asked);
      answer.catch(failed);
      return answer;
    };
  };
  return Object.fromEntries(methods.map((name) => [name, ask(name)]));
}

async function closeAll(versions: Iterable<Pick<OpenVersion, 'close'>>): Promise<void> {
  await Promise.all([...versions].map(async (version) => version.close()));
}
