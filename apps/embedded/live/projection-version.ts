import {
  type Bank,
  NO_PROGRESS,
  type ProgressBank,
  type ProgressBoard,
} from '../../../adapters/embedded/projection/progress-board.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { ParkedSelection } from '../../../ports/parking-lot.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { Logger } from '../../logger.ts';
import { damageOf } from './damage.ts';
import { within } from '../../../resilience/timeout.ts';
import { startService } from '../../threads/services.ts';
import type { ProjectionListener, ProjectionThread, ProjectionThreadData } from './projection-thread.ts';
import type { Ask } from '../../../engine/parked-operations.ts';

/** A version of a projection, with the thread that writes it. */
export interface ProjectionVersion {
  readonly name: ProjectionName;
  /** Name of its file in the data folder. */
  readonly file: string;
  readonly bank: Bank;
  readonly progress: ProgressBank;
  /** True if one of its consumers has side effects outside the system. */
  leavesSystem(): boolean;
  /** Makes commits short from the next one on; resolves when that is in effect. */
  commitShort(): Promise<void>;
  commitLong(): void;
  /** Resolves after the current commit; nothing is applied until `resume`. Rejects if its thread dies. */
  pause(): Promise<void>;
  resume(): void;
  /** Makes a candidate live, once the live version has stopped at this position and the candidate has reached it. */
  goLive(from: number): void;
  /** The error by which its thread died since it was started or paused. The thread has been restarted, or is about to be. */
  death(): unknown;
  /** Calls an operation of its thread. */
  readonly ask: Ask;
  stop(): Promise<void>;
}

export interface VersionSpecification {
  readonly name: ProjectionName;
  readonly file: string;
  readonly bank: Bank;
  readonly role: 'live' | 'candidate';
  readonly replay: { readonly id: string; readonly upTo: number };
  readonly stepsFrom?: string;
}

export interface VersionSurroundings {
  readonly board: ProgressBoard;
  readonly logger: Logger;
  /** Input that all threads share. */
  readonly thread: Pick<ProjectionThreadData, 'logPath' | 'settings' | 'facts' | 'logger'>;
  readonly pathOf: (file: string) => string;
  readonly damaged: (version: ProjectionVersion, reason: string) => void;
}

// A large commit on a nearly full disk may take long; a thread that takes longer than this is stuck.
const ANSWER_MS_MAX = 30_000;

export async function startVersion(
  specification: VersionSpecification,
  { board, logger, thread: common, pathOf, damaged }: VersionSurroundings,
): Promise<ProjectionVersion> {
  const { name, file, bank } = specification;
  const progress = board.bank(name, bank);
  if (specification.role === 'candidate') progress.set(NO_PROGRESS);
  // The input with which the thread is restarted.
  let next: ProjectionThreadData = { ...common, ...specification, path: pathOf(file), board: board.shared };
  let leavesSystem = false;
  let died: unknown;
  let version: ProjectionVersion | undefined;
  const mend = (reason: string | undefined) => {
    if (version !== undefined && reason !== undefined) damaged(version, reason);
  };
  const listener: ProjectionListener = { leavesSystem: () => void (leavesSystem = true), damaged: mend };
  const thread = await startService<ProjectionThread>(new URL('./projection-thread.ts', import.meta.url), {
    input: () => next,
    methods: listener,
    logger,
    onEnd(death) {
      if (death === undefined) return;
      // The restarted thread resets this flag itself.
      progress.set({ ...progress.progress(), stopped: true });
      died = death;
      mend(damageOf(death, pathOf(file)));
    },
  });
  const inTime = (answer: Promise<unknown>) => within(answer, ANSWER_MS_MAX, () => lateAnswer(name));

  version = {
    name,
    file,
    bank,
    progress,
    leavesSystem: () => leavesSystem,
    async commitShort() {
      await thread.opened();
      await inTime(thread.call('commitShort', true));
    },
    commitLong: () => thread.tell('commitShort', false),
    async pause() {
      died = undefined;
      await thread.opened();
      await inTime(thread.call('pause'));
    },
    resume: () => thread.tell('unpause'),
    goLive(from) {
      const { stepsFrom: _, ...data } = next;
      next = { ...data, role: 'live', replay: { ...data.replay, upTo: from } };
      thread.tell('goLive', from);
    },
    death: () => died,
    // The operations of parked events have the names and arguments of the thread's methods.
    ask: (question, argument) => thread.call(question as 'redrive', argument as ParkedSelection),
    stop: () => thread.stop(),
  };
  return version;
}

function lateAnswer(name: ProjectionName): FigtreeError {
  return new FigtreeError('NOT_CAUGHT_UP', `${name} did not finish its commit within ${ANSWER_MS_MAX / 1000} s`);
}
