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
  const versions = await open(options.paths);
  const versionOf = (name: ProjectionName) => versions.get(name) ?? unknown(name);
  const readers = new Map(
    names.map((name) => {
      const live = () => versionOf(name).reader;
      return [name, delegatingReader(live, (error) => failed(name, error))] as const;
    }),
  );

  return {
    of: (name) => readers.get(name) ?? unknown(name),
    progress: names.map((name) => ({
      stepsOf: (correlationId, upTo) => versionOf(name).progress.stepsOf(correlationId, upTo),
    })),
    lots: { names, of: (name) => versionOf(name).progress.parkedReader() },
    async prepare(paths) {
      const opened = await open(paths);
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

function unknown(name: ProjectionName): never {
  throw new Error(`there is no projection ${name}`);
}

/** All of them or, if one cannot be opened, none. */
async function openVersions(
  paths: ReadonlyMap<ProjectionName, string>,
  parts: Parts,
  options: LiveReaderOptions,
): Promise<Map<ProjectionName, OpenVersion>> {
  const opened = new Map<ProjectionName, OpenVersion>();
  try {
    for (const [name, path] of paths)
      opened.set(name, openVersion(parts.get(name) ?? unknown(name), { name, path }, options));
    return opened;
  } catch (error) {
    await closeAll(opened.values()).catch(() => {});
    throw error;
  }
}

function openVersion(
  part: EmbeddedProjection,
  { name, path }: { readonly name: ProjectionName; readonly path: string },
  { feedLength, board, logger }: LiveReaderOptions,
): OpenVersion {
  const place = { path, feedLength, position: () => board.position(name) };
  const progress = openProjectionProgress(path);
  try {
    const live = part.openLiveReader?.(place, logger) ?? ofClosable(part.openReader(place));
    return {
      ...live,
      progress,
      close() {
        progress.close();
        return live.close();
      },
    };
  } catch (error) {
    progress.close();
    throw error;
  }
}

function ofClosable(reader: ReturnType<EmbeddedProjection['openReader']>): LiveReader<object> {
  return { reader, close: () => reader.close() };
}

type Method = (...asked: readonly unknown[]) => unknown;

/** Has the methods of the reader that is live now, and asks the one that is live then. */
function delegatingReader(live: () => object, failed: (error: unknown) => void): object {
  const reader = live();
  const methods = Object.keys(reader).filter((name) => name !== 'close' && isMethod(reader, name));
  if (methods.length === 0) throw new Error('a reader has no methods of its own');
  const ask = (name: string): Method => {
    return async (...asked) => {
      try {
        const current = live();
        return await Reflect.apply(Reflect.get(current, name) as Method, current, asked);
      } catch (error) {
        failed(error);
        throw error;
      }
    };
  };
  return Object.fromEntries(methods.map((name) => [name, ask(name)]));
}

function isMethod(reader: object, name: string): boolean {
  return typeof Reflect.get(reader, name) === 'function';
}

async function closeAll(versions: Iterable<Pick<OpenVersion, 'close'>>): Promise<void> {
  await Promise.all([...versions].map(async (version) => version.close()));
}
