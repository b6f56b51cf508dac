import { setImmediate } from 'node:timers/promises';
import type { ProgressBoard } from '../../../adapters/embedded/projection/progress-board.ts';
import type { Replay } from '../../../consumers/runtime/consumer.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { Pacing } from './pacing.ts';

/** How far a version of a projection may read, and what of it is the past. A candidate follows the live version and is never
 *  ahead of it; what it applies has been handled there. The live one goes with the log, but what an earlier file had
 *  handled when it was lost or left is the past to it as well. */
export interface ReplayPhase {
  /** For the processor. A commit is never of both the past and what is new. */
  readonly ceiling: () => number;
  readonly headBeyond: (position: number, timeoutMs: number) => Promise<boolean>;
  readonly replay: Replay;
  /** To be told of each commit. */
  applied(position: number): void;
  /** The other version has stopped at this position: from there on events are handled here. */
  goLive(replayUpTo: number): void;
  /** The two versions are to come close to each other: they commit often. */
  commitShort(short: boolean): void;
}

export interface ReplayPhaseOptions {
  readonly name: ProjectionName;
  readonly board: ProgressBoard;
  readonly pacing: Pick<Pacing, 'headBeyond'>;
  readonly role: 'live' | 'candidate';
  readonly replay: { readonly id: string; readonly upTo: number };
  readonly checkpoint: number;
}

const SHORT_COMMIT_POSITIONS = 1000;

export function openReplayPhase({ name, board, pacing, ...options }: ReplayPhaseOptions): ReplayPhase {
  let following = options.role === 'candidate';
  let replayUpTo = options.replay.upTo;
  let applied = options.checkpoint;
  let short = false;
  let interrupt = () => {};

  function ceiling(): number {
    const ofCommit = short ? applied + SHORT_COMMIT_POSITIONS : Infinity;
    if (following) return Math.min(board.position(name), ofCommit);
    return applied < replayUpTo ? Math.min(replayUpTo, ofCommit) : ofCommit;
  }

  function liveBeyond(position: number, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      interrupt = () => resolve(false);
      board.reached(name, position + 1, timeoutMs).then(resolve, reject);
    });
  }

  return {
    ceiling,
    replay: { id: options.replay.id, active: ({ position = Infinity }) => following || position <= replayUpTo },
    async headBeyond(position, timeoutMs) {
      // Asked from within a commit, whether it is worth waiting for more: not if it is to be short or may not have more.
      const withinCommit = position > applied;
      if (withinCommit && (short || (!following && position >= ceiling()))) return false;
      // While there is always more, nothing else would wait for anything, and the thread would not hear what it is told.
      await setImmediate();
      return following ? liveBeyond(position, timeoutMs) : pacing.headBeyond(position, timeoutMs);
    },
    applied: (position) => void (applied = position),
    goLive(upTo) {
      following = false;
      short = false;
      replayUpTo = upTo;
      interrupt();
    },
    commitShort: (wanted) => void (short = wanted),
  };
}
