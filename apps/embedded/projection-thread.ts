import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { joinProgressBoard } from '../../adapters/embedded/progress-board.ts';
import { dataOpening } from '../../adapters/embedded/sealed-data.ts';
import { openSqliteEventLogReader } from '../../adapters/embedded/sqlite-event-log-reader.ts';
import { inCurrentVersions } from '../../consumers/runtime/current-versions.ts';
import { warnOfDeprecatedEvents } from '../../consumers/runtime/deprecated-events.ts';
import { createProcessor } from '../../consumers/runtime/processor.ts';
import { personalWords } from '../../consumers/runtime/personal-words.ts';
import { createTracer } from '../../consumers/runtime/tracer.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import type { CatalogFacts } from '../../schema-registry/event-facts.ts';
import { lazyUpcasters } from '../../schema-registry/lazy-upcasters.ts';
import type { LogLevel } from '../config.ts';
import { openLogger } from '../log-lines.ts';
import { openPacing } from './pacing.ts';
import { projections, type ProjectionSettings } from './projections.ts';

/** What a projection's thread is started with. */
export interface ProjectionThreadData {
  readonly name: ProjectionName;
  readonly logPath: string;
  readonly path: string;
  readonly board: SharedArrayBuffer;
  readonly settings: ProjectionSettings;
  /** The schemas themselves are loaded when they are needed. */
  readonly facts: CatalogFacts;
  readonly logger: { readonly level: LogLevel; readonly destination: 1 | 2 };
}

// The thread's whole life: open, say so, work until told to stop, close. It ends by itself once the port is closed.
const data = workerData as ProjectionThreadData;
const port = parentPort;
if (port === null) throw new Error('projection-thread.ts runs as a worker thread only');

// Three threads of this niceness weigh about as much together as the one that answers requests, and do not interrupt it
// whenever it tells them of a new event. Linux alone keeps it per thread; elsewhere it would be the whole process's.
const NICENESS = 5;
if (process.platform === 'linux') setPriority(NICENESS);

const board = joinProgressBoard(data.board);
const { facts } = data;
const logger = openLogger({ ...data.logger, personalNames: () => facts.personalNames }).child(data.name);
const upcasters = lazyUpcasters(facts, async () =>
  (await import('../../schema-registry/catalog-upcasters.ts')).catalogUpcasters(),
);
const personal = personalWords(facts.personalPaths);
const tracer = createTracer(logger, personal);
const log = inCurrentVersions(
  openSqliteEventLogReader(data.logPath, dataOpening(data.logPath, facts.personFields)),
  upcasters,
);
const { file, consumers, feedEntries } = projections[data.name].open(data.path, tracer, data.settings);
await refuseLostEvents();
warnOfDeprecatedEvents(consumers, logger, facts.deprecations);
const pacing = openPacing(board);
const processor = createProcessor({
  unit: file,
  consumers,
  log,
  tracer,
  logger,
  upcasters,
  personal,
  headBeyond: pacing.headBeyond,
  onProgress(progress) {
    board.setProgress(data.name, { ...progress, feedEntries: feedEntries() });
    pacing.committed(progress.position);
  },
});

const stopped = new Promise<void>((resolve) => port.once('message', () => resolve()));
port.postMessage('open');
const running = processor.run();
await stopped;
await processor.stop();
await running;
await log.close();
file.close();
port.close();

/** A projection that knows more than the log means that the log has lost events: it was removed, or an older copy was put in
 *  its place. Going on would pass over whatever gets the lost positions. */
async function refuseLostEvents(): Promise<void> {
  const head = await log.head();
  const position = file.checkpoint();
  if (position <= head) return;
  const message = `${data.path} stands at position ${position}, and ${data.logPath} ends at ${head}: events are lost`;
  throw new FigtreeError('DATA_DAMAGED', message, { path: data.logPath, position, head });
}
