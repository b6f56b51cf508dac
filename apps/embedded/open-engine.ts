import { lockDataFolder } from '../../adapters/embedded/data-folder.ts';
import { openLogFile } from '../../adapters/embedded/log-file.ts';
import { openPersonKeys, personKeysPath } from '../../adapters/embedded/person-keys.ts';
import { createProgressBoard, type ProgressBoard } from '../../adapters/embedded/progress-board.ts';
import { dataSealing } from '../../adapters/embedded/sealed-data.ts';
import { inCurrentVersions } from '../../consumers/runtime/current-versions.ts';
import { projectionNames, type Status } from '../../ports/progress.ts';
import { createIngest } from '../../producers/ingest.ts';
import { catalogFacts } from '../../schema-registry/catalog-facts.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import type { LogLevel } from '../config.ts';
import type { Logger } from '../logger.ts';
import { openControlSocket } from './control-socket.ts';
import type { Engine } from './engine.ts';
import { createErasure } from './erasure.ts';
import type { Operations } from './operations.ts';
import type { ProjectionThreadData } from './projection-thread.ts';
import { projections, type ProjectionSettings } from './projections.ts';
import { openReaders } from './readers.ts';
import { searchClient } from './search-client.ts';
import { traceFlow } from './flow-trace.ts';
import { projectionStatus } from './status.ts';
import { type LazyThread, lazyThread, startThread, type Thread } from './threads.ts';

export interface EngineOptions extends ProjectionSettings {
  /** The data folder; made if it is not there. */
  readonly folder: string;
  readonly logger: Logger;
  /** Whether what is said about a person is sealed in the log under a key of his own. */
  readonly personKeys?: boolean;
  /** Where the projections' threads write their log lines. */
  readonly threadLogs: { readonly level: LogLevel; readonly destination: 1 | 2 };
}

/** Opens the embedded engine: takes the folder (DATA_IN_USE if another process has it), opens the log here and starts a
 *  thread per projection, which catches up by itself. */
export async function openEmbeddedEngine(options: EngineOptions): Promise<Engine> {
  // First of all, so that a catalog that is not sound is told before anything is touched.
  const upcasters = catalogUpcasters();
  const folder = lockDataFolder(options.folder);
  const closers: (() => Promise<void> | void)[] = [() => folder.unlock()];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    const keys = openPersonKeys(personKeysPath(folder.log));
    closers.push(() => keys.close());
    const { personFields } = catalogFacts();
    const file = openLogFile(
      folder.log,
      dataSealing({ keys, fields: personFields, seals: options.personKeys ?? false }),
    );
    closers.push(() => file.close());
    const { quarantine } = file;
    const log = inCurrentVersions(file.log, upcasters);
    const board = createProgressBoard();
    board.setHead(await log.head());
    log.onAppended((head) => board.setHead(head));
    const threads = await startThreads(options, folder, board);
    closers.push(() => stopAll(threads));
    const searchFile = { path: folder.projection('search') };
    const search = lazyThread(() => startThread(threadEntry('search-thread.ts'), searchFile, options.logger));
    const checkpoints = lazyThread(() =>
      startThread(threadEntry('checkpoint-thread.ts'), { path: folder.log }, options.logger),
    );
    log.onAppended(checkpointsStarter(checkpoints, options.logger));
    closers.push(
      () => search.stop(),
      () => checkpoints.stop(),
    );
    const readers = openReaders(folder, options.feedLength, () => board.position('feed'));
    closers.push(() => readers.close());
    async function status(): Promise<Status> {
      const head = await log.head();
      const facts = projectionNames.map((name) => ({
        name,
        version: projections[name].version,
        ...board.progress(name),
      }));
      const statuses = await Promise.all(facts.map((fact) => projectionStatus(file.log, head, fact)));
      return { head, projections: statuses, quarantined: await quarantine.count() };
    }
    const ingest = createIngest({ ...file, upcasters });
    const erasure = file.erasure(personFields);
    const erase = createErasure({ folder, keys, fields: personFields, log, erasure, ingest, progress: board });
    const operations: Operations = { status, erase };
    const control = await openControlSocket(folder.path, operations);
    closers.push(() => control.close());
    return {
      log,
      quarantine,
      operations,
      status,
      ingest,
      progress: board,
      feeds: readers.feeds,
      relationships: readers.relationships,
      search: searchClient(search),
      feedEntries: () => board.progress('feed').feedEntries,
      trace: (correlationId) => traceFlow(log, readers.progress, correlationId),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startThreads(
  { logger, threadLogs, feedLength, celebrityFollowers }: EngineOptions,
  folder: ReturnType<typeof lockDataFolder>,
  board: ProgressBoard,
): Promise<Thread[]> {
  const starting = projectionNames.map(async (name) => {
    const data: ProjectionThreadData = {
      name,
      logPath: folder.log,
      path: folder.projection(name),
      board: board.memory,
      settings: { feedLength, celebrityFollowers },
      facts: catalogFacts(),
      logger: threadLogs,
    };
    const thread = await startThread(threadEntry('projection-thread.ts'), data, logger);
    // Its next life says itself that it works again.
    thread.onDeath(() => board.setProgress(name, { ...board.progress(name), stopped: true }));
    return thread;
  });
  const settled = await Promise.allSettled(starting);
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  const started = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (failed === undefined) return started;
  await stopAll(started);
  throw failed.reason;
}

const threadEntry = (file: string) => new URL(file, import.meta.url);

async function stopAll(threads: readonly Thread[]): Promise<void> {
  await Promise.all(threads.map((thread) => thread.stop()));
}

const CHECKPOINTS_FROM_EVENTS = 50_000;

/** Starts the thread that copies the log's WAL into its file once there is much to copy. */
function checkpointsStarter(thread: LazyThread, logger: Logger): (head: number) => void {
  let first: number | undefined;
  return (head) => {
    first ??= head;
    if (head - first < CHECKPOINTS_FROM_EVENTS) return;
    first = Infinity;
    thread.get().catch((error: unknown) => logger.error({ error }, 'checkpoints are left to the appending thread'));
  };
}
