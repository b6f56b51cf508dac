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
import { within } from '../../../resilience/timeout.ts';
import type { ProjectionThreadData } from './projection-thread.ts';
import { startWritingThread, type Written, type WritingThread } from './writing-thread.ts';
import type { WrittenVersion } from './projection-writer.ts';
import type { Ask } from '../../../engine/parked-operations.ts';

/** A version of a projection, written by a thread, alone or with others. */
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
  /** The damage of its file for which it is no longer written. */
  damage(): string | undefined;
  /** Calls an operation of its thread. */
  readonly ask: Ask;
  stop(): Promise<void>;
}

export interface VersionSpecification extends Omit<WrittenVersion, 'path'> {
  readonly file: string;
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

/** Starts one thread that writes these versions, which differ in name. Rejects if one of them cannot be opened. */
export async function startVersions(
  specifications: readonly VersionSpecification[],
  { board, logger, thread: common, pathOf, damaged }: VersionSurroundings,
): Promise<ProjectionVersion[]> {
  const versions = new Map<ProjectionName, ProjectionVersion>();
  const written = specifications.map(({ file, ...specification }): Written => {
    const { name, bank, role } = specification;
    const progress = board.bank(name, bank);
    if (role === 'candidate') progress.set(NO_PROGRESS);
    return { next: { ...specification, path: pathOf(file) }, progress, leavesSystem: false };
  });
  const input = { ...common, board: board.shared };
  const thread = await startWritingThread(written, { input, logger, damaged: report });
  for (const [index, { name, file, bank }] of specifications.entries()) {
    versions.set(name, versionOf(thread, written[index] as Written, { name, file, bank }));
  }
  return [...versions.values()];

  function report(name: ProjectionName, reason: string): void {
    const version = versions.get(name);
    if (version !== undefined) damaged(version, reason);
  }
}

function versionOf(
  thread: WritingThread,
  written: Written,
  { name, file, bank }: Pick<ProjectionVersion, 'name' | 'file' | 'bank'>,
): ProjectionVersion {
  const { call, tell } = thread.writer(name);
  const inTime = (answer: Promise<unknown>) => within(answer, ANSWER_MS_MAX, () => lateAnswer(name));
  return {
    name,
    file,
    bank,
    progress: written.progress,
    leavesSystem: () => written.leavesSystem,
    async commitShort() {
      await thread.opened();
      await inTime(call('commitShort', true));
    },
    commitLong: () => tell('commitShort', false),
    async pause() {
      delete written.died;
      await thread.opened();
      await inTime(call('pause'));
    },
    resume: () => tell('unpause'),
    goLive(from) {
      const { stepsFrom: _, ...next } = written.next;
      written.next = { ...next, role: 'live', replay: { ...next.replay, upTo: from } };
      tell('goLive', from);
    },
    death: () => written.died,
    damage: () => written.damage,
    // The operations of parked events have the names and arguments of the writer's methods.
    ask: (question, argument) => call(question as 'redrive', argument as ParkedSelection),
    stop: () => thread.stop(name),
  };
}

function lateAnswer(name: ProjectionName): FigtreeError {
  return new FigtreeError('NOT_CAUGHT_UP', `${name} did not finish its commit within ${ANSWER_MS_MAX / 1000} s`);
}
