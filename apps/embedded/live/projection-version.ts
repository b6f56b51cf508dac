import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Bank,
  NO_PROGRESS,
  type ProgressBank,
  type ProgressBoard,
} from '../../../adapters/embedded/projection/progress-board.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { Logger } from '../../logger.ts';
import { damageOf } from './damage.ts';
import type { ProjectionThreadData, ProjectionThreadNews, ProjectionThreadOrder } from './projection-thread.ts';
import { isAnswer, threadRequests } from '../threads/requests.ts';
import type { Ask } from '../../../engine/parked-operations.ts';
import { startThread, type Thread } from '../threads/threads.ts';

/** One version of a projection with the thread that writes it. */
export interface ProjectionVersion {
  readonly name: ProjectionName;
  /** Its file's name in the data folder. */
  readonly file: string;
  readonly bank: Bank;
  readonly progress: ProgressBank;
  /** Whether a consumer of it does what nothing undoes. */
  leavesSystem(): boolean;
  /** From the next commit on; resolves when that is so. */
  commitShort(): Promise<void>;
  commitLong(): void;
  /** Resolves after the commit in hand; nothing is applied until `resume`. Rejects if its thread dies. */
  pause(): Promise<void>;
  resume(): void;
  /** Of a candidate, once the live version has stopped at this position and the candidate has reached it. */
  goLive(from: number): void;
  /** What its thread died of since it was started or paused; it is running again, or about to. */
  death(): unknown;
  /** A question to its thread, see requests.ts. */
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
  /** What every thread is told besides. */
  readonly thread: Pick<ProjectionThreadData, 'logPath' | 'settings' | 'facts' | 'logger'>;
  readonly pathOf: (file: string) => string;
  readonly damaged: (version: ProjectionVersion, reason: string) => void;
}

// A commit of a full disk's last megabytes may take long, and a thread that does not answer at all has a fault.
const ANSWER_MS_MAX = 30_000;

export async function startVersion(
  specification: VersionSpecification,
  { board, logger, thread: common, pathOf, damaged }: VersionSurroundings,
): Promise<ProjectionVersion> {
  const { name, file, bank } = specification;
  const progress = board.bank(name, bank);
  if (specification.role === 'candidate') progress.set(NO_PROGRESS);
  // What the thread is if it has to be started again.
  let next: ProjectionThreadData = { ...common, ...specification, path: pathOf(file), board: board.shared };
  const thread: Thread = await startThread(new URL('projection-thread.ts', import.meta.url), () => next, logger);
  const order = (message: ProjectionThreadOrder) => thread.post(message);
  let leavesSystem = false;
  let died: unknown;
  // Settles what was asked of the thread last.
  let answered = (_error?: unknown) => {};
  async function ask(question: ProjectionThreadOrder): Promise<void> {
    await thread.opened();
    const answer = new Promise<void>((resolve, reject) => {
      answered = (error) => (error === undefined ? resolve() : reject(error));
    });
    order(question);
    await inTime(answer, name);
  }

  thread.onDeath((error) => {
    // Its next life says itself that it works again.
    progress.set({ ...progress.progress(), stopped: true });
    died = error;
    const reason = damageOf(error, pathOf(file));
    if (reason !== undefined) damaged(version, reason);
    answered(error);
  });
  thread.onMessage((message) => {
    if (isAnswer(message)) return;
    const news = message as ProjectionThreadNews;
    if (news === 'paused' || news === 'commits are short') answered();
    else if (news === 'leaves the system') leavesSystem = true;
    else damaged(version, news.damaged);
  });

  const version: ProjectionVersion = {
    name,
    file,
    bank,
    progress,
    leavesSystem: () => leavesSystem,
    commitShort: () => ask('short commits'),
    commitLong: () => order('long commits'),
    pause() {
      died = undefined;
      return ask('pause');
    },
    resume: () => order('resume'),
    goLive(from) {
      const { stepsFrom: _, ...data } = next;
      next = { ...data, role: 'live', replay: { ...data.replay, upTo: from } };
      order({ liveFrom: from });
    },
    death: () => died,
    ask: threadRequests(thread),
    stop: () => thread.stop(),
  };
  return version;
}

async function inTime(answer: Promise<void>, name: ProjectionName): Promise<void> {
  const timer = new AbortController();
  const late = sleep(ANSWER_MS_MAX, undefined, { signal: timer.signal }).then(() => {
    throw new FigtreeError('NOT_CAUGHT_UP', `${name} did not finish its commit within ${ANSWER_MS_MAX / 1000} s`);
  });
  late.catch(() => {});
  try {
    await Promise.race([answer, late]);
  } finally {
    timer.abort();
  }
}
