import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataFolder } from '../../adapters/embedded/files/data-folder.ts';
import { openLogFile } from '../../adapters/embedded/log/log-file.ts';
import { openPersonKeys, personKeysPath } from '../../adapters/embedded/keys/person-keys.ts';
import { createProgressBoard, type ProgressBoard } from '../../adapters/embedded/projection/progress-board.ts';
import { dataSealing } from '../../adapters/embedded/keys/sealed-data.ts';
import { inCurrentVersions } from '../../consumers/runtime/current-versions.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { ParkedSummary } from '../../ports/parking-lot.ts';
import type { ProjectionName, Status } from '../../ports/progress.ts';
import type { Quarantine } from '../../ports/quarantine.ts';
import { createIngest } from '../../producers/ingest.ts';
import { FigtreeError } from '../../events/errors.ts';
import { catalogFacts } from '../../schema-registry/catalog-facts.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { openControlSocket } from './control-socket.ts';
import { damageOf } from './live/damage.ts';
import type { Engine } from '../../engine/engine.ts';
import { openCheckpoints } from './live/checkpoints.ts';
import { createErasure } from './erasure/erasure.ts';
import { traceFlow } from '../../engine/flow-trace.ts';
import { openLiveReaders } from './live/live-readers.ts';
import type { Operations } from '../../engine/operations.ts';
import { parkedOperations } from '../../engine/parked-operations.ts';
import { type ParkingLots, parkedQueries } from '../../engine/parked-queries.ts';
import { openProjectionHost } from './live/projection-host.ts';
import { openProjectionSwaps, type ProjectionSwaps } from './live/projection-swaps.ts';
import type { ProjectionVersion } from './live/projection-version.ts';
import type { ProjectionDefinition } from '../projections/definition.ts';
import { knownReaders } from '../projections/known-readers.ts';
import { projectionNames, projections } from '../projections/registry.ts';
import { openRebuilds } from './rebuild/server-rebuilds.ts';
import { settleStartingFiles } from './live/starting-files.ts';
import { projectionStatuses } from '../../engine/status.ts';
import { trimOperation } from './trim.ts';
import type { EngineOptions } from './engine-options.ts';

/** Opens the embedded engine: takes the folder (DATA_IN_USE if another process has it), opens the log here and starts
 *  the threads that write the projections, which catch up by themselves. */
export async function openEmbeddedEngine(options: EngineOptions): Promise<Engine> {
  // First, so that an invalid catalog is reported before anything is touched.
  const upcasters = catalogUpcasters();
  const folder = lockDataFolder(options.folder);
  if (folder.exposed !== undefined) options.logger.warn({ folder: folder.path }, folder.exposed);
  const closers: Closers = [() => folder.unlock()];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    const recording = await openRecording(options, folder, closers);
    const { file, board } = recording;
    const log = inCurrentVersions(file.log, upcasters);
    const ingest = createIngest({ ...file, upcasters, legacyDatabase: options.legacyDatabase });
    const running = await openProjections(options, folder, board);
    const { readers, swaps } = running;
    closers.push(running.stop, readers.close, swaps.stop);
    closers.push(openCheckpoints(file, options.logger));
    const status = statusTeller({ log: file.log, quarantine: file.quarantine, board, lots: readers.lots });
    const operations: Operations = {
      status,
      swap: swaps.swap,
      rollback: swaps.rollback,
      trim: trimOperation(file, folder),
      erase: createErasure({
        ...recording,
        folder,
        ingest,
        progress: board,
        lots: readers.lots,
        forgetOthers: swaps.forgetOthers,
      }),
      ...parkedOperations({ ask: running.ask, lots: readers.lots, head: log.head }),
    };
    const control = await openControlSocket(folder.path, operations);
    const { logger } = options;
    const rebuilds = openRebuilds({ folder: folder.path, settings: options, holder: operations, logger });
    closers.push(
      () => control.close(),
      // A rebuild may be waiting for its swap, and one that was requested through the socket keeps the socket open.
      async () => {
        const ended = rebuilds.close();
        await swaps.stop();
        await ended;
      },
    );
    return {
      log,
      quarantine: file.quarantine,
      parked: parkedQueries({ lots: readers.lots, log, personalNames: () => catalogFacts().personalNames }),
      operations,
      rebuilds,
      status,
      ingest,
      progress: board,
      ...knownReaders(readers.of),
      feedEntries: running.feedEntries,
      trace: (correlationId) => traceFlow(log, readers.progress, correlationId),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Closers = (() => Promise<void> | void)[];

/** The log with its person keys, and the progress board, which tells all threads its head. */
async function openRecording(
  { personKeys: seals = false }: EngineOptions,
  folder: ReturnType<typeof lockDataFolder>,
  closers: Closers,
) {
  const keys = openPersonKeys(personKeysPath(folder.log));
  closers.push(() => keys.close());
  const { personFields: fields } = catalogFacts();
  const keysAreThere = existsSync(keys.path);
  const file = openLogFile(folder.log, dataSealing({ keys, fields, seals }));
  closers.push(() => file.close());
  // Before a new key is made for a person who had one: no file of keys could then open both old and new sealed text.
  if (seals && !keysAreThere && file.holdsSealed()) throw keysMissing(keys.path);
  const board = createProgressBoard(projectionNames);
  board.setHead(await file.log.head());
  file.log.onAppended((head) => board.setHead(head));
  return { keys, fields, file, board, erasure: file.erasure(fields) };
}

function keysMissing(path: string): FigtreeError {
  const message = `${path} is missing, but the log contains names and texts sealed with its keys`;
  return new FigtreeError('DATA_DAMAGED', message, { path });
}

/** The writers and readers of the projections, and the swaps that replace a version under both. */
async function openProjections(
  options: EngineOptions,
  folder: ReturnType<typeof lockDataFolder>,
  board: ProgressBoard,
) {
  const { logger } = options;
  let swaps: ProjectionSwaps | undefined;
  const early: [ProjectionVersion, string][] = [];
  const damaged = (version: ProjectionVersion, reason: string) => {
    if (swaps === undefined) early.push([version, reason]);
    else swaps.heal(version, reason);
  };
  const files = settleStartingFiles({ folder: folder.path, head: board.head(), logger });
  const host = await openProjectionHost({ ...options, folder, board, files, damaged });
  try {
    const readers = await openLiveReaders({
      projections,
      paths: folder.projections(projectionNames),
      feedLength: options.feedLength,
      board,
      logger,
      failed(name, error) {
        const reason = damageOf(error, join(folder.path, host.live(name).file));
        if (reason !== undefined) damaged(host.live(name), reason);
      },
    });
    swaps = openProjectionSwaps({ folder: folder.path, board, host, readers, logger });
    for (const [version, reason] of early) swaps.heal(version, reason);
    return {
      readers,
      swaps,
      ask: (name: ProjectionName) => host.live(name).ask,
      feedEntries: host.feedEntries,
      stop: host.stop,
    };
  } catch (error) {
    await host.stop();
    throw error;
  }
}

interface StatusSources {
  readonly log: EventLog;
  readonly quarantine: Quarantine;
  readonly board: ProgressBoard;
  readonly lots: ParkingLots;
}

function statusTeller({ log, quarantine, board, lots }: StatusSources): () => Promise<Status> {
  const statusOf = projectionStatuses(log);
  return async () => {
    const lotted: { definition: ProjectionDefinition; lot: ParkedSummary }[] = [];
    for (const definition of projections) {
      lotted.push({ definition, lot: await lots.of(definition.name).parkedSummary() });
    }
    const head = await log.head();
    const facts = lotted.map(({ definition: { name, embedded }, lot }) => ({
      name,
      version: embedded.version,
      ...board.progress(name),
      stillMs: board.stillMs(name),
      lot,
    }));
    const statuses = await Promise.all(facts.map((fact) => statusOf(head, fact)));
    return { head, projections: statuses, quarantined: await quarantine.count() };
  };
}
