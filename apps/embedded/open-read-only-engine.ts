import { type DataFolder, existingDataFolder } from '../../adapters/embedded/files/data-folder.ts';
import { openProjectionProgress } from '../../adapters/embedded/projection/progress.ts';
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

/** Opens a data folder for reading only: beside a running server, or after one. DATA_MISSING if there is none. */
export async function openReadOnlyEngine(options: { folder: string; feedLength: number }): Promise<ReadOnlyEngine> {
  const upcasters = catalogUpcasters();
  const folder = existingDataFolder(options.folder, projectionNames);
  const readers = await openReaders(folder, options.feedLength);
  const recorded = openSqliteEventLogReader(folder.log, dataOpening(folder.log, catalogFacts().personFields));
  const log = inCurrentVersions(recorded, upcasters);
  const quarantine = openQuarantineReader(folder.log);
  const statusOf = projectionStatuses(recorded);
  const of = (name: ProjectionName) => readers.find((opened) => opened.name === name) ?? fail(name);
  const lots = { names: projectionNames, of: (name: ProjectionName) => of(name).progress.parkedReader() };
  return {
    log,
    quarantine,
    parked: parkedQueries({ lots, log, personalNames: () => catalogFacts().personalNames }),
    ...knownReaders((name) => of(name).reader),
    trace: (correlationId) =>
      traceFlow(
        log,
        readers.map(({ progress }) => progress),
        correlationId,
      ),
    async status() {
      const facts: ProjectionFacts[] = [];
      for (const { name, progress } of readers) {
        const lot = await progress.parkedReader().parkedSummary();
        facts.push({ name, stopped: false, ...progress.progress(), lot });
      }
      // The head is read last, so that no projection seems to be beyond it.
      const head = await log.head();
      const statuses = await Promise.all(facts.map((fact) => statusOf(head, fact)));
      return { head, projections: statuses, quarantined: await quarantine.count() };
    },
    async close() {
      for (const { reader, progress } of readers) {
        progress.close();
        await reader.close();
      }
      await quarantine.close();
      await log.close();
    },
  };
}

/** Of all projections, with files of one moment, whatever is swapped meanwhile. */
async function openReaders(folder: DataFolder, feedLength: number) {
  const paths = folder.projections(projectionNames);
  for (const [name, path] of paths) requireKnownVersion(path, projectionNamed(name).embedded.version);
  const opened = [...paths].map(async ([name, path]) => {
    const projection = await projectionNamed(name).embedded.load();
    return { name, reader: projection.openReader({ path, feedLength }), progress: openProjectionProgress(path) };
  });
  return Promise.all(opened);
}

function fail(name: ProjectionName): never {
  throw new Error(`there is no projection ${name}`);
}

/** Tables of another version are not to be read: the reader would meet columns that it does not know. */
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
