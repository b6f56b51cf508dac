import type { ProjectionFile } from '../../../adapters/embedded/projection/file.ts';
import type { Bank, ProgressBoard } from '../../../adapters/embedded/projection/progress-board.ts';
import { storageError } from '../../../adapters/embedded/files/sqlite.ts';
import { copySteps } from '../../../adapters/embedded/projection/steps.ts';
import { warnOfDeprecatedEvents } from '../../../consumers/runtime/deprecated-events.ts';
import { createProcessor, type Processor } from '../../../consumers/runtime/processor.ts';
import { createTracer } from '../../../consumers/runtime/tracer.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { CatalogFacts } from '../../../schema-registry/event-facts.ts';
import type { Logger } from '../../logger.ts';
import { giveWay } from '../../threads/joining.ts';
import { projectionNamed } from '../../projections/registry.ts';
import type { ProjectionSettings } from '../projection.ts';
import type { openThreadReading } from '../thread-reading.ts';
import { damageOf, reportingFailures } from './damage.ts';
import { openPacing } from './pacing.ts';
import { openReplayPhase, type ReplayPhase } from './replay-phase.ts';

/** A version of a projection that a thread writes. */
export interface WrittenVersion {
  readonly name: ProjectionName;
  readonly path: string;
  readonly bank: Bank;
  /** A candidate follows the live version, in replay mode, until `goLive` is called. */
  readonly role: 'live' | 'candidate';
  /** A live version is in replay mode up to this position. */
  readonly replay: { readonly id: string; readonly upTo: number };
  /** File of the version that has recorded the steps of traced flows so far. */
  readonly stepsFrom?: string;
}

/** What all versions of a thread share. */
export interface WriterSurroundings {
  readonly board: ProgressBoard;
  readonly logPath: string;
  readonly reading: ReturnType<typeof openThreadReading>;
  readonly settings: ProjectionSettings;
  readonly facts: CatalogFacts;
  readonly logger: Logger;
  readonly damaged: (reason: string) => void;
}

/** A version whose file is open. */
export interface OpenedVersion {
  /** True if one of its consumers has side effects outside the system. */
  readonly leavesSystem: boolean;
  /** Begins to apply events. */
  start(): ProjectionWriter;
}

/** A version that is being written, as its host controls it. */
export interface ProjectionWriter extends Pick<Processor, 'redrive' | 'discard' | 'resume'> {
  /** Once it has resolved, nothing is applied until `unpause`. */
  pause(): Promise<void>;
  unpause(): Promise<void>;
  commitShort(short: boolean): Promise<void>;
  goLive(from: number): Promise<void>;
  stop(): Promise<void>;
}

// Three threads of this niceness together get about as much CPU time as the thread that answers requests, and do not preempt it
// whenever it announces a new event. A candidate catches up with the live version only if it is faster, also without a spare core.
// The versions of one thread are all live, or go live together.
const NICENESS = { live: 5, candidate: 2 } as const;

/** Opens the file of a version. Rejects with an error that names the damaged file: that of the version, or the log if it has lost
 *  events. */
export async function openVersion(version: WrittenVersion, surroundings: WriterSurroundings): Promise<OpenedVersion> {
  try {
    return await openFile(version, surroundings);
  } catch (error) {
    throw storageError(error, version.path);
  }
}

async function openFile(
  version: WrittenVersion,
  { board, logPath, reading, settings, facts, logger, damaged }: WriterSurroundings,
): Promise<OpenedVersion> {
  const { name, path } = version;
  const { log, upcasters, personal } = reading;
  giveWay(NICENESS[version.role]);
  const bank = board.bank(name, version.bank);
  const tracer = createTracer(logger, personal);
  const projection = await projectionNamed(name).embedded.load();
  const { file, consumers, feedEntries = () => 0 } = projection.open(path, tracer, settings);
  try {
    refuseLostEvents({ path, position: file.checkpoint(), logPath, head: await log.head() });
  } catch (error) {
    file.close();
    throw error;
  }
  const { stepsFrom } = version;
  if (stepsFrom !== undefined && version.role === 'candidate') copyStepsFrom(stepsFrom, file, logger);
  if (version.role === 'live') warnOfDeprecatedEvents(consumers, logger, facts.deprecations);
  const pacing = openPacing(board);
  const phase = openReplayPhase({ ...version, board, pacing, checkpoint: file.checkpoint() });
  const unit = reportingFailures(file, (error) => {
    const reason = damageOf(error, path);
    if (reason !== undefined) damaged(reason);
  });

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

  bank.worked();
  return {
    leavesSystem: consumers.some(({ leavesSystem }) => leavesSystem),
    start: () => controlled(start, phase, () => file.close()),
  };
}

/** Executes commands one after the other, so that a pause has stopped the processor before `unpause` starts another one. */
function controlled(start: () => Processor, phase: ReplayPhase, close: () => void): ProjectionWriter {
  let processor = start();
  let paused = false;
  let lastCommand: Promise<unknown> = Promise.resolve();
  async function serialized(command: () => Promise<void> | void): Promise<void> {
    const executed = lastCommand.then(command);
    lastCommand = executed.catch(() => {});
    return executed;
  }
  return {
    redrive: (selection) => processor.redrive(selection),
    discard: (selection) => processor.discard(selection),
    resume: (upTo) => processor.resume(upTo),
    pause: () =>
      serialized(() => {
        paused = true;
        return processor.stop();
      }),
    unpause: () =>
      serialized(() => {
        // A thread that died during its pause has been restarted and is running already.
        if (paused) processor = start();
        paused = false;
      }),
    commitShort: (short) => serialized(() => phase.commitShort(short)),
    goLive: (from) =>
      serialized(() => {
        phase.goLive(from);
        giveWay(NICENESS.live);
      }),
    stop: () =>
      serialized(async () => {
        await processor.stop();
        close();
      }),
  };
}

/** Traces are useful, but a failure to copy them must not stop the thread. */
function copyStepsFrom(path: string, file: ProjectionFile, logger: Logger): void {
  try {
    copySteps(path, file.database, file.checkpoint());
  } catch (error) {
    logger.warn({ path, error }, 'steps of traced flows could not be copied');
  }
}

interface Standing {
  readonly path: string;
  readonly position: number;
  readonly logPath: string;
  readonly head: number;
}

/** A projection that is ahead of the log means that the log has lost events: it was removed or replaced by an older copy.
 *  Continuing would skip the events that get the lost positions. */
function refuseLostEvents({ path, position, logPath, head }: Standing): void {
  if (position <= head) return;
  const message = `${path} is at position ${position}, but ${logPath} ends at ${head}: events are lost`;
  throw new FigtreeError('DATA_DAMAGED', message, { path: logPath, position, head });
}
