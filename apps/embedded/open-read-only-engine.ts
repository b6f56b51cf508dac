import { type DataFolder, existingDataFolder } from '../../adapters/embedded/files/data-folder.ts';
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
import { knownReaders } from '../projections/known-readers.ts';
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
  const folder = existingDataFolder(options.folder, projectionNames);
  const recorded = openSqliteEventLogReader(folder.log, dataOpening(folder.log, catalogFacts().personFields));
  const log = inCurrentVersions(recorded, catalogUpcasters());
  closers.push(() => log.close());
  const quarantine = openQuarantineReader(folder.log);
  closers.push(() => quarantine.close());
  const readers = await openReaders(folder, options.feedLength, closers);
  const of = (name: ProjectionName) => readers.find((opened) => opened.name === name) ?? fail(name);
  const lots = { names: projectionNames, of: (name: ProjectionName) => of(name).progress.parkedReader() };
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
      return { head, projections: statuses, quarantined: await quarantine.count() };
    },
  };
}

interface OpenReader {
  readonly name: ProjectionName;
  readonly reader: object;
  readonly progress: ProjectionProgressReader;
}

/** The readers of all projections, with files of the same moment even if a swap happens meanwhile. */
async function openReaders(folder: DataFolder, feedLength: number, closers: Closers): Promise<OpenReader[]> {
  const paths = folder.projections(projectionNames);
  for (const [name, path] of paths) requireKnownVersion(path, projectionNamed(name).embedded.version);
  const opened: OpenReader[] = [];
  for (const [name, path] of paths) {
    const part = await projectionNamed(name).embedded.load();
    const reader = part.openReader({ path, feedLength });
    closers.push(() => reader.close());
    const progress = openProjectionProgress(path);
    closers.push(() => progress.close());
    opened.push({ name, reader, progress });
  }
  return opened;
}

function fail(name: ProjectionName): never {
  throw new Error(`there is no projection ${name}`);
}

/** Refuses tables of another version: the reader does not know their columns. */
function requireKnownVersion(path: string, known: number): void {
  const reader = openProjectionProgress(path);
  const { version } = reader.progress();
  reader.close();
  if (version === known) return;
  const message = `${path} has version ${version}, but this Figtree supports version ${known}`;
  throw version > known
    ? new FigtreeError('DATA_NEWER', message, { path })
    : new FigtreeError('DATA_MISSING', `${message}: the next start of a server or import rebuilds it`, {
        path,
      });
}
