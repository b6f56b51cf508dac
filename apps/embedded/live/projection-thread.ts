import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import {
  type Bank,
  joinProgressBoard,
  type SharedBoard,
} from '../../../adapters/embedded/projection/progress-board.ts';
import { copySteps } from '../../../adapters/embedded/projection/steps.ts';
import { warnOfDeprecatedEvents } from '../../../consumers/runtime/deprecated-events.ts';
import { createProcessor, type Processor } from '../../../consumers/runtime/processor.ts';
import { createTracer } from '../../../consumers/runtime/tracer.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { ParkedSelection } from '../../../ports/parking-lot.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { CatalogFacts } from '../../../schema-registry/event-facts.ts';
import type { LogLevel } from '../../config.ts';
import { openLogger } from '../../log-lines.ts';
import { damageOf, tellingDamage } from './damage.ts';
import { openPacing } from './pacing.ts';
import { openThreadReading } from '../threads/reading.ts';
import { answerRequests, isQuestion, type Question } from '../threads/requests.ts';
import { projectionNamed } from '../../projections/registry.ts';
import type { ProjectionSettings } from '../projection.ts';
import { openReplayPhase } from './replay-phase.ts';

/** What a projection's thread is started with. */
export interface ProjectionThreadData {
  readonly name: ProjectionName;
  readonly logPath: string;
  readonly path: string;
  readonly board: SharedBoard;
  readonly bank: Bank;
  /** A candidate follows the live version, in replay, until it is told to go live. */
  readonly role: 'live' | 'candidate';
  /** Up to this position a live one applies the past. */
  readonly replay: { readonly id: string; readonly upTo: number };
  /** The file of the version that has noted the steps of traced flows so far. */
  readonly stepsFrom?: string;
  readonly settings: ProjectionSettings;
  /** The schemas themselves are loaded when they are needed. */
  readonly facts: CatalogFacts;
  readonly logger: { readonly level: LogLevel; readonly destination: 1 | 2 };
}

/** All are heard after the commit in hand. 'pause' is answered with 'paused': nothing is applied until 'resume'; and 'short
 *  commits' with 'commits are short'. */
export type ProjectionThreadOrder =
  | 'stop'
  | 'pause'
  | 'resume'
  | 'short commits'
  | 'long commits'
  | { readonly liveFrom: number };

/** After 'open'. */
export type ProjectionThreadNews = 'paused' | 'commits are short' | 'leaves the system' | { readonly damaged: string };

// The thread's whole life: open, say so, work until told to stop, close. It ends by itself once the port is closed.
const data = workerData as ProjectionThreadData;
const port = parentPort;
if (port === null) throw new Error('projection-thread.ts runs as a worker thread only');
const tell = (news: ProjectionThreadNews) => port.postMessage(news);

// Three threads of this niceness weigh about as much together as the one that answers requests, and do not interrupt it
// whenever it tells them of a new event. Linux alone keeps it per thread; elsewhere it would be the whole process's.
// A candidate comes closer to the live version only if it is faster than that one, also where there is no core to spare.
const NICENESS = { live: 5, candidate: 2 } as const;
const beNice = (role: keyof typeof NICENESS) => {
  if (process.platform === 'linux') setPriority(NICENESS[role]);
};
beNice(data.role);

const board = joinProgressBoard(data.board);
const bank = board.bank(data.name, data.bank);
const { facts } = data;
const logger = openLogger({ ...data.logger, personalNames: () => facts.personalNames }).child(data.name);
const { log, upcasters, personal } = openThreadReading({ facts, logPath: data.logPath });
const tracer = createTracer(logger, personal);
const projection = await projectionNamed(data.name).embedded.load();
const { file, consumers, feedEntries = () => 0 } = projection.open(data.path, tracer, data.settings);
await refuseLostEvents();
if (data.stepsFrom !== undefined && data.role === 'candidate') copyStepsFrom(data.stepsFrom);
if (data.role === 'live') warnOfDeprecatedEvents(consumers, logger, facts.deprecations);
const pacing = openPacing(board);
const phase = openReplayPhase({ ...data, board, pacing, checkpoint: file.checkpoint() });
const unit = tellingDamage(file, (error) => {
  const damaged = damageOf(error, data.path);
  if (damaged !== undefined) tell({ damaged });
});

let processor = start();
let paused = false;
const stopped = Promise.withResolvers<void>();
// One after the other: what is resumed has stopped before.
let orders = Promise.resolve();
port.on('message', (message: ProjectionThreadOrder | Question) => {
  if (!isQuestion(message)) orders = orders.then(() => follow(message));
});
answerRequests(port, {
  redrive: (selection: ParkedSelection) => processor.redrive(selection),
  discard: (selection: ParkedSelection) => processor.discard(selection),
  resume: (upTo: number) => processor.resume(upTo),
});
bank.worked();
port.postMessage('open');
if (consumers.some(({ leavesSystem }) => leavesSystem)) tell('leaves the system');
await stopped.promise;
await processor.stop();
await log.close();
file.close();
port.close();

function start(): Processor {
  const started = createProcessor({
    unit,
    consumers,
    log,
    tracer,
    logger,
    upcasters,
    personal,
    headBeyond: phase.headBeyond,
    ceiling: phase.ceiling,
    replay: phase.replay,
    onWork: bank.worked,
    onProgress(progress) {
      phase.applied(progress.position);
      bank.set({ ...progress, feedEntries: feedEntries() });
      pacing.committed(progress.position);
    },
  });
  void started.run();
  return started;
}

async function follow(order: ProjectionThreadOrder): Promise<void> {
  if (order === 'stop') stopped.resolve();
  else if (order === 'pause') await pause();
  else if (order === 'resume') resume();
  else if (order === 'short commits') {
    phase.commitShort(true);
    tell('commits are short');
  } else if (order === 'long commits') phase.commitShort(false);
  else {
    phase.goLive(order.liveFrom);
    beNice('live');
  }
}

async function pause(): Promise<void> {
  paused = true;
  await processor.stop();
  tell('paused');
}

/** A thread that died while it was paused is running already. */
function resume(): void {
  if (paused) processor = start();
  paused = false;
}

/** What is traced is worth having, and not worth stopping for. */
function copyStepsFrom(path: string): void {
  try {
    copySteps(path, file.database, file.checkpoint());
  } catch (error) {
    logger.warn({ path, error }, 'steps of traced flows could not be copied');
  }
}

/** A projection that knows more than the log means that the log has lost events: it was removed, or an older copy was put in
 *  its place. Going on would pass over whatever gets the lost positions. */
async function refuseLostEvents(): Promise<void> {
  const head = await log.head();
  const position = file.checkpoint();
  if (position <= head) return;
  const message = `${data.path} is at position ${position}, but ${data.logPath} ends at ${head}: events are lost`;
  throw new FigtreeError('DATA_DAMAGED', message, { path: data.logPath, position, head });
}
