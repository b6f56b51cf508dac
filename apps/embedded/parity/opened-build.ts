import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { existingDataFolder } from '../../../adapters/embedded/files/data-folder.ts';
import { openProjectionProgress } from '../../../adapters/embedded/projection/progress.ts';
import { inCurrentVersions } from '../../../consumers/runtime/current-versions.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { EventLogReader } from '../../../ports/event-log.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { pastOf, type Past } from '../../../replay/causes.ts';
import { catalogUpcasters } from '../../../schema-registry/catalog-upcasters.ts';
import { projectionNamed } from '../../projections/registry.ts';
import type { ClosableReader, EmbeddedProjection } from '../projection.ts';
import { openWholeLog } from './whole-log.ts';

/** One file of a projection, the live one or another, opened for reading, with the log that it was built from. */
export interface OpenedBuild {
  readonly path: string;
  /** The reader of its projection. */
  readonly reader: object;
  readonly projection: EmbeddedProjection;
  readonly feedLength: number;
  /** Its position in the log. A live file keeps moving. */
  position(): number;
  readonly log: EventLogReader;
  /** The log up to the position of the file. */
  readonly past: Past;
  close(): Promise<void>;
}

export interface BuildPlace {
  /** The path of the file. */
  readonly path: string;
  readonly logPath?: string;
  readonly feedLength: number;
}

/** Returns the path of the live file of a projection, or of a build that is named by its file name in the data folder or by a
 *  path. NOT_FOUND if it does not exist. */
export function buildPath(folder: string, projection: ProjectionName, build: string | undefined): string {
  if (build === undefined) return existingDataFolder(folder, [projection]).projection(projection);
  const path = build === basename(build) ? join(folder, build) : build;
  if (!existsSync(path)) throw new FigtreeError('NOT_FOUND', `there is no build ${path}`, { path });
  if (path.endsWith('.part')) throw new FigtreeError('REQUEST_INVALID', `${path} is not complete yet`, { path });
  return path;
}

/** Opens a file of a projection beside its writer. REQUEST_INVALID if it is of another version or another projection. The log
 *  is the one in its folder unless another one is named. */
export async function openBuild(name: ProjectionName, place: BuildPlace): Promise<OpenedBuild> {
  const { path, feedLength, logPath = join(dirname(path), 'log.db') } = place;
  const projection = await projectionNamed(name).embedded.load();
  const progress = openProgress(path, name);
  const position = () => progress.progress().position;
  const reader = openReader(projection, { ...place, name }, () => progress.close());
  const log = inCurrentVersions(openWholeLog({ logPath }), catalogUpcasters());
  return {
    path,
    reader,
    projection,
    feedLength,
    position,
    log,
    past: pastOf(log, position),
    async close() {
      await reader.close();
      progress.close();
      await log.close();
    },
  };
}

function openProgress(path: string, name: ProjectionName) {
  const { version: known } = projectionNamed(name).embedded;
  const notOne = (reason: string, details: { cause?: unknown; rebuild?: string }) =>
    new FigtreeError('REQUEST_INVALID', `${path} is not a readable build of ${name}: ${reason}`, details);
  let progress: ReturnType<typeof openProjectionProgress>;
  try {
    progress = openProjectionProgress(path);
  } catch (error) {
    throw notOne(error instanceof Error ? error.message : String(error), { cause: error });
  }
  const { version } = progress.progress();
  if (version === known) return progress;
  progress.close();
  throw notOne(
    `it has version ${version}, but this Figtree supports version ${known}`,
    version < known ? { rebuild: name } : {},
  );
}

function openReader(
  projection: EmbeddedProjection,
  { name, ...place }: BuildPlace & { readonly name: ProjectionName },
  failed: () => void,
): ClosableReader<object> {
  try {
    return projection.openReader(place);
  } catch (error) {
    failed();
    // A file of another projection has other tables.
    const message = `${place.path} is not a build of ${name}`;
    throw new FigtreeError('REQUEST_INVALID', message, { path: place.path, cause: error });
  }
}
