import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { existingDataFolder } from '../../../adapters/embedded/files/data-folder.ts';
import { openProjectionProgress } from '../../../adapters/embedded/projection/progress.ts';
import { openSqliteFeedReader } from '../../../adapters/embedded/feed/reader.ts';
import { openSqliteRelationshipReader } from '../../../adapters/embedded/relationships/reader.ts';
import { openSqliteSearchIndexReader } from '../../../adapters/embedded/search/index-reader.ts';
import { inCurrentVersions } from '../../../consumers/runtime/current-versions.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { EventLogReader } from '../../../ports/event-log.ts';
import type { FeedReader } from '../../../ports/feed-reader.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { RelationshipReader } from '../../../ports/relationship-reader.ts';
import type { SearchReader } from '../../../ports/search-reader.ts';
import { searchReader } from '../../../projections/search/search-queries.ts';
import { pastOf, type Past } from '../../../replay/causes.ts';
import { catalogUpcasters } from '../../../schema-registry/catalog-upcasters.ts';
import { projections } from '../projections.ts';
import { openWholeLog } from './whole-log.ts';

/** One file of a projection, the live one or another, opened for reading, with the log that it was built from. */
export interface ProjectionBuild {
  readonly path: string;
  /** Where it stands in the log. A live one goes on meanwhile. */
  position(): number;
  readonly log: EventLogReader;
  /** The log up to where the file stands. */
  readonly past: Past;
  close(): Promise<void>;
}

export interface BuildReaders {
  readonly feed: { readonly feeds: FeedReader };
  readonly relationships: { readonly relationships: RelationshipReader };
  readonly search: { readonly search: SearchReader };
}

interface BuildPlace {
  /** Of the file. */
  readonly path: string;
  readonly logPath?: string;
  readonly feedLength: number;
}

/** The path of the live file of a projection, or of another one that is named: by its name in the data folder, or by a
 *  path. NOT_FOUND if there is none. */
export function buildPath(folder: string, projection: ProjectionName, build: string | undefined): string {
  if (build === undefined) return existingDataFolder(folder).projection(projection);
  const path = build === basename(build) ? join(folder, build) : build;
  if (!existsSync(path)) throw new FigtreeError('NOT_FOUND', `there is no build ${path}`, { path });
  if (path.endsWith('.part')) throw new FigtreeError('REQUEST_INVALID', `${path} is not complete yet`, { path });
  return path;
}

const openers: { readonly [Name in ProjectionName]: (place: BuildPlace) => BuildReaders[Name] & { close(): void } } = {
  feed(place) {
    const feeds = openSqliteFeedReader(place);
    return { feeds, close: () => feeds.close() };
  },
  relationships({ path }) {
    const relationships = openSqliteRelationshipReader(path);
    return { relationships, close: () => relationships.close() };
  },
  search({ path }) {
    const index = openSqliteSearchIndexReader(path);
    return { search: searchReader(index), close: () => index.close() };
  },
};

/** Opens a file of a projection beside whoever writes it. REQUEST_INVALID if it is of another version or another
 *  projection than asked for. The log is the one in its folder unless another one is named. */
export function openProjectionBuild<Name extends ProjectionName>(
  name: Name,
  place: BuildPlace,
): ProjectionBuild & BuildReaders[Name] {
  const { path, logPath = join(dirname(path), 'log.db') } = place;
  const progress = openProgress(path, name);
  const position = () => progress.progress().position;
  const readers = openReaders(name, place, () => progress.close());
  const log = inCurrentVersions(openWholeLog({ logPath }), catalogUpcasters());
  return {
    ...readers,
    path,
    position,
    log,
    past: pastOf(log, position),
    async close() {
      readers.close();
      progress.close();
      await log.close();
    },
  };
}

function openProgress(path: string, name: ProjectionName) {
  const { version: known } = projections[name];
  const notOne = (reason: string, cause?: unknown) =>
    new FigtreeError('REQUEST_INVALID', `${path} is not a readable build of ${name}: ${reason}`, { cause });
  let progress: ReturnType<typeof openProjectionProgress>;
  try {
    progress = openProjectionProgress(path);
  } catch (error) {
    throw notOne(error instanceof Error ? error.message : String(error), error);
  }
  const { version } = progress.progress();
  if (version === known) return progress;
  progress.close();
  throw notOne(`it has version ${version}, but this Figtree supports version ${known}`);
}

function openReaders<Name extends ProjectionName>(name: Name, place: BuildPlace, failed: () => void) {
  try {
    return openers[name](place);
  } catch (error) {
    failed();
    // The tables of another projection are not there.
    const message = `${place.path} is not a build of ${name}`;
    throw new FigtreeError('REQUEST_INVALID', message, { path: place.path, cause: error });
  }
}
