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

/** The readers of the live versions. After a swap, each reader reads the new version. */
export interface LiveReaders {
  /** The reader of a projection, with the methods of its definition. */
  of(name: ProjectionName): object;
  readonly progress: readonly Pick<ProjectionProgressReader, 'stepsOf'>[];
  readonly lots: ParkingLots;
  /** Opens files that will become live; nothing reads them yet. */
  prepare(paths: ReadonlyMap<ProjectionName, string>): Promise<PreparedReaders>;
  close(): Promise<void>;
}

export interface PreparedReaders {
  /** Switches all readers at once. Resolves when the last reads of the old files are complete and these are closed. */
  take(): Promise<void>;
  discard(): Promise<void>;
}

export interface LiveReaderOptions {
  readonly projections: readonly ProjectionDefinition[];
  /** Path of each live file. */
  readonly paths: ReadonlyMap<ProjectionName, string>;
  readonly feedLength: number;
  readonly board: Pick<ProgressBoard, 'position'>;
  readonly logger: Logger;
  /** Called when a read has failed; its file may be damaged. */
  readonly failed: (projection: ProjectionName, error: unknown) => void;
}

/** The reader of one version. A synchronous one can be closed between any two calls; one in another thread closes after its last
 *  answer. */
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
        // Otherwise the first read after the swap would wait for the start of a thread.
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

/** Opens all versions or, if one cannot be opened, none. */
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

/** Returns an object with the methods of the current reader, which delegates each call to the reader that is live at that time. */
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
