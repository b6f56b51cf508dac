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
import { giveWay, joinHost } from '../../threads/joining.ts';
import { damageOf, reportingFailures } from './damage.ts';
import { openPacing } from './pacing.ts';
import { openThreadReading } from '../thread-reading.ts';
import { projectionNamed } from '../../projections/registry.ts';
import type { ProjectionSettings } from '../projection.ts';
import { openReplayPhase } from './replay-phase.ts';

/** Input of a projection's thread. */
export interface ProjectionThreadData {
  readonly name: ProjectionName;
  readonly logPath: string;
  readonly path: string;
  readonly board: SharedBoard;
  readonly bank: Bank;
  /** A candidate follows the live version, in replay mode, until `goLive` is called. */
  readonly role: 'live' | 'candidate';
  /** A live version is in replay mode up to this position. */
  readonly replay: { readonly id: string; readonly upTo: number };
  /** File of the version that has recorded the steps of traced flows so far. */
  readonly stepsFrom?: string;
  readonly settings: ProjectionSettings;
  /** The schemas themselves are loaded on demand. */
  readonly facts: CatalogFacts;
  readonly logger: { readonly level: LogLevel; readonly destination: 1 | 2 };
}

/** Notifications from the thread. */
export type ProjectionListener = {
  leavesSystem(): void;
  damaged(reason: string): void;
};

const host = joinHost<ProjectionListener, ProjectionThreadData>();
const data = host.input;

// Three threads of this niceness together get about as much CPU time as the thread that answers requests, and do not preempt it
// whenever it announces a new event. A candidate catches up with the live version only if it is faster, also without a spare core.
const NICENESS = { live: 5, candidate: 2 } as const;
giveWay(NICENESS[data.role]);

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
const unit = reportingFailures(file, (error) => {
  const damaged = damageOf(error, data.path);
  if (damaged !== undefined) host.tell('damaged', damaged);
});

let processor = start();
let paused = false;
let lastCommand: Promise<unknown> = Promise.resolve();
const methods = {
  redrive: (selection: ParkedSelection) => processor.redrive(selection),
  discard: (selection: ParkedSelection) => processor.discard(selection),
  resume: (upTo: number) => processor.resume(upTo),
  /** Once it has resolved, nothing is applied until `unpause`. */
  pause: () => serialized(pause),
  unpause: () => serialized(unpause),
  commitShort: (short: boolean) => serialized(() => phase.commitShort(short)),
  goLive: (from: number) => serialized(() => goLive(from)),
  stop: () => serialized(stop),
};
bank.worked();
host.serve(methods);
if (consumers.some(({ leavesSystem }) => leavesSystem)) host.tell('leavesSystem');

export type ProjectionThread = typeof methods;

/** Executes commands one after the other, so that a pause has stopped the processor before `unpause` starts another one. */
function serialized(command: () => unknown): Promise<unknown> {
  const executed = lastCommand.then(command);
  lastCommand = executed.catch(() => {});
  return executed;
}

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

async function pause(): Promise<void> {
  paused = true;
  await processor.stop();
}

/** A thread that died during its pause has been restarted and is running already. */
function unpause(): void {
  if (paused) processor = start();
  paused = false;
}

function goLive(from: number): void {
  phase.goLive(from);
  giveWay(NICENESS.live);
}

async function stop(): Promise<void> {
  await processor.stop();
  await log.close();
  file.close();
}

/** Traces are useful, but a failure to copy them must not stop the thread. */
function copyStepsFrom(path: string): void {
  try {
    copySteps(path, file.database, file.checkpoint());
  } catch (error) {
    logger.warn({ path, error }, 'steps of traced flows could not be copied');
  }
}

/** A projection that is ahead of the log means that the log has lost events: it was removed or replaced by an older copy.
 *  Continuing would skip the events that get the lost positions. */
async function refuseLostEvents(): Promise<void> {
  const head = await log.head();
  const position = file.checkpoint();
  if (position <= head) return;
  const message = `${data.path} is at position ${position}, but ${data.logPath} ends at ${head}: events are lost`;
  throw new FigtreeError('DATA_DAMAGED', message, { path: data.logPath, position, head });
}
