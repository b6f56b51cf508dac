import { type DataFolder, existingDataFolder, isBuilt, notBuilt } from '../../adapters/embedded/files/data-folder.ts';
import { openProjectionProgress, type ProjectionProgressReader } from '../../adapters/embedded/projection/progress.ts';
import { dataOpening } from '../../adapters/embedded/keys/sealed-data.ts';
import { openSqliteEventLogReader } from '../../adapters/embedded/log/event-log-reader.ts';
import { openQuarantineReader } from '../../adapters/embedded/quarantine/quarantine.ts';
import { inCurrentVersions } from '../../consumers/runtime/current-versions.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import { catalogFacts } from '../../schema-registry/catalog-facts.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import type { ReadOnlyEngine } from '../../engine/engine.ts';
import { traceFlow } from '../../engine/flow-trace.ts';
import { knownProjections, knownReaders } from '../projections/known-readers.ts';
import { projectionNamed, projectionNames } from '../projections/registry.ts';
import { parkedQueries } from '../../engine/parked-queries.ts';
import { type ProjectionFacts, projectionStatuses } from '../../engine/status.ts';

/** Opens a data folder for reading only, with or without a running server. DATA_MISSING if it does not exist. */
export async function openReadOnlyEngine(options: { folder: string; feedLength: number }): Promise<ReadOnlyEngine> {
  const closers: Closers = [];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    return { ...(await openParts(options, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Closers = (() => Promise<void> | void)[];

async function openParts(
  options: { folder: string; feedLength: number },
  closers: Closers,
): Promise<Omit<ReadOnlyEngine, 'close'>> {
  const folder = existingDataFolder(options.folder, knownProjections);
  const recorded = openSqliteEventLogReader(folder.log, dataOpening(folder.log, catalogFacts().personFields));
  const log = inCurrentVersions(recorded, catalogUpcasters());
  closers.push(() => log.close());
  const quarantine = openQuarantineReader(folder.log);
  closers.push(() => quarantine.close());
  const readers = await openReaders(folder, options.feedLength, closers);
  const of = (name: ProjectionName) => readers.find((opened) => opened.name === name) ?? fail(folder, name);
  const names = readers.map(({ name }) => name);
  const missing = projectionNames.filter((name) => !names.includes(name));
  const lots = { names, of: (name: ProjectionName) => of(name).progress.parkedReader() };
  const progress = readers.map((reader) => reader.progress);
  const statusOf = projectionStatuses(recorded);
  return {
    log,
    quarantine,
    parked: parkedQueries({ lots, log, personalNames: () => catalogFacts().personalNames }),
    ...knownReaders((name) => of(name).reader),
    trace: (correlationId) => traceFlow(log, progress, correlationId),
    async status() {
      const facts: ProjectionFacts[] = [];
      for (const reader of readers) {
        const lot = await reader.progress.parkedReader().parkedSummary();
        facts.push({ name: reader.name, stopped: false, ...reader.progress.progress(), lot });
      }
      // The head is read last, so that no projection appears to be beyond it.
      const head = await log.head();
      const statuses = await Promise.all(facts.map((fact) => statusOf(head, fact)));
      const quarantined = await quarantine.count();
      return { head, projections: statuses, ...(missing.length > 0 && { notBuilt: missing }), quarantined };
    },
  };
}

interface OpenReader {
  readonly name: ProjectionName;
  readonly reader: object;
  readonly progress: ProjectionProgressReader;
}

/** The readers of all projections that are built, with files of the same moment even if a swap happens meanwhile. */
async function openReaders(folder: DataFolder, feedLength: number, closers: Closers): Promise<OpenReader[]> {
  const paths = folder.projections(projectionNames);
  const opened: OpenReader[] = [];
  for (const [name, path] of paths) {
    if (!isReadable(name, path)) continue;
    const part = await projectionNamed(name).embedded.load();
    const reader = part.openReader({ path, feedLength });
    closers.push(() => reader.close());
    const progress = openProjectionProgress(path);
    closers.push(() => progress.close());
    opened.push({ name, reader, progress });
  }
  return opened;
}

function fail(folder: DataFolder, name: ProjectionName): never {
  if (!projectionNames.includes(name)) throw new Error(`there is no projection ${name}`);
  throw notBuilt(folder.path, name, folder.projection(name));
}

/** False if it is not built in this version, which nothing but its own readers need. Throws for Figtree's own projections, and for tables
 *  of a newer version: the reader does not know their columns. */
function isReadable(name: ProjectionName, path: string): boolean {
  const isKnown = knownProjections.includes(name);
  if (!isKnown && !isBuilt(path)) return false;
  const known = projectionNamed(name).embedded.version;
  const reader = openProjectionProgress(path);
  const { version } = reader.progress();
  reader.close();
  if (version === known) return true;
  if (!isKnown && version < known) return false;
  const message = `${path} has version ${version}, but this Figtree supports version ${known}`;
  throw version > known
    ? new FigtreeError('DATA_NEWER', message, { path })
    : new FigtreeError('DATA_MISSING', `${message}: the next start of a server or import rebuilds it`, {
        path,
        rebuild: name,
      });
}
