import type { ProgressBoard } from '../../../adapters/embedded/projection/progress-board.ts';
import type { Replay } from '../../../consumers/runtime/consumer.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { nextTurn } from '../../../resilience/clock.ts';
import type { Pacing } from './pacing.ts';

/** How far a version of a projection may read, and which events it applies in replay mode. A candidate follows the live version and
 *  never gets ahead of it, so the live version has handled all its events before. The live version follows the log, but events that
 *  a lost or replaced file had handled are a replay for it as well. */
export interface ReplayPhase {
  /** The last position of the current commit. A commit never contains both replayed and new events. */
  readonly ceiling: () => number;
  readonly headBeyond: (position: number, timeoutMs: number) => Promise<boolean>;
  readonly replay: Replay;
  /** Has to be called after each commit. */
  applied(position: number): void;
  /** The other version has stopped at this position; events after it are handled here. */
  goLive(replayUpTo: number): void;
  /** Before a swap both versions make short commits, so that they get close to each other. */
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
      // Inside a commit: do not wait for more events if it has to be short or has reached its ceiling.
      const withinCommit = position > applied;
      if (withinCommit && (short || (!following && position >= ceiling()))) return false;
      // Under constant load no other await yields to the event loop, and the thread would receive no messages.
      await nextTurn();
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
