import { setTimeout as sleep } from 'node:timers/promises';

/** How often a projection commits while many publish at once. A commit costs what the pages cost that it touches, so one for
 *  every few events takes from the thread that answers publishers the core that it needs. */
export interface Pacing {
  /** Resolves with true when the log's head is beyond a position and it is time to apply it, with false after a time. */
  headBeyond(position: number, timeoutMs: number): Promise<boolean>;
  /** To be told after each commit. */
  committed(position: number): void;
}

export interface PacingOptions {
  readonly head: () => number;
  readonly headBeyond: (position: number, timeoutMs: number) => Promise<boolean>;
  readonly now?: () => number;
  readonly rest?: (ms: number) => Promise<void>;
}

const REST_MS = 20;
// So many in one commit come of many publishers: one who waits for each of his writes to be seen is never made to wait.
const CROWD_POSITIONS = 16;
// With so many to do there is no more to be gained from waiting.
const BACKLOG_POSITIONS = 1000;

export function openPacing({
  head,
  headBeyond,
  now = () => performance.now(),
  rest = async (ms) => void (await sleep(ms)),
}: PacingOptions): Pacing {
  let committedUpTo: number | undefined;
  let restedAt = 0;
  return {
    async headBeyond(position, timeoutMs) {
      if (!(await headBeyond(position, timeoutMs))) return false;
      const leftMs = restedAt - now();
      if (leftMs > 0 && head() - position < BACKLOG_POSITIONS) await rest(leftMs);
      return true;
    },
    committed(position) {
      if (committedUpTo !== undefined && position - committedUpTo >= CROWD_POSITIONS) restedAt = now() + REST_MS;
      committedUpTo = position;
    },
  };
}
