import { existingDataFolder } from '../../adapters/embedded/files/data-folder.ts';
import { openProjectionProgress } from '../../adapters/embedded/projection/progress.ts';
import { dataOpening } from '../../adapters/embedded/keys/sealed-data.ts';
import { openSqliteEventLogReader } from '../../adapters/embedded/log/event-log-reader.ts';
import { openQuarantineReader } from '../../adapters/embedded/quarantine/quarantine.ts';
import { openSqliteSearchIndexReader } from '../../adapters/embedded/search/index-reader.ts';
import { inCurrentVersions } from '../../consumers/runtime/current-versions.ts';
import { FigtreeError } from '../../events/errors.ts';
import { projectionNames } from '../../ports/progress.ts';
import { searchReader } from '../../projections/search/search-queries.ts';
import { catalogFacts } from '../../schema-registry/catalog-facts.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import type { ReadOnlyEngine } from '../../engine/engine.ts';
import { traceFlow } from '../../engine/flow-trace.ts';
import { projections } from './projections.ts';
import { openReaders } from './live/readers.ts';
import { parkedQueries } from '../../engine/parked-queries.ts';
import { type ProjectionFacts, projectionStatuses } from '../../engine/status.ts';

/** Opens a data folder for reading only: beside a running server, or after one. DATA_MISSING if there is none. */
export async function openReadOnlyEngine(options: { folder: string; feedLength: number }): Promise<ReadOnlyEngine> {
  const upcasters = catalogUpcasters();
  const folder = existingDataFolder(options.folder);
  // All of one moment, whatever is swapped meanwhile.
  const paths = folder.projections();
  for (const name of projectionNames) requireKnownVersion(paths[name], projections[name].version);
  const recorded = openSqliteEventLogReader(folder.log, dataOpening(folder.log, catalogFacts().personFields));
  const log = inCurrentVersions(recorded, upcasters);
  const quarantine = openQuarantineReader(folder.log);
  const index = openSqliteSearchIndexReader(paths.search);
  const readers = openReaders(paths, options.feedLength);
  const statusOf = projectionStatuses(recorded);
  return {
    log,
    quarantine,
    parked: parkedQueries({ lots: readers.lots, log, personalNames: () => catalogFacts().personalNames }),
    feeds: readers.feeds,
    relationships: readers.relationships,
    search: searchReader(index),
    trace: (correlationId) => traceFlow(log, readers.progress, correlationId),
    async status() {
      const facts: ProjectionFacts[] = [];
      for (const [at, name] of projectionNames.entries()) {
        const lot = await readers.lots()[name].parkedSummary();
        facts.push({ name, stopped: false, ...readProgress(readers.progress[at]), lot });
      }
      // The head is read last, so that no projection seems to be beyond it.
      const head = await log.head();
      const statuses = await Promise.all(facts.map((fact) => statusOf(head, fact)));
      return { head, projections: statuses, quarantined: await quarantine.count() };
    },
    async close() {
      readers.close();
      index.close();
      await quarantine.close();
      await log.close();
    },
  };
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

function readProgress(reader: ReturnType<typeof openReaders>['progress'][number] | undefined) {
  return reader?.progress() ?? { position: 0, version: 0, parked: 0 };
}
