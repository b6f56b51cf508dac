import { pause } from '../../../resilience/clock.ts';

/** Limits how often a projection commits while many publishers are active. The cost of a commit is that of the pages it touches, so
 *  frequent small commits would take CPU time from the thread that answers publishers. */
export interface Pacing {
  /** Resolves with true when the log's head is beyond a position and it is time to apply it, or with false after a timeout. */
  headBeyond(position: number, timeoutMs: number): Promise<boolean>;
  /** Has to be called after each commit. */
  committed(position: number): void;
}

export interface PacingOptions {
  readonly head: () => number;
  readonly headBeyond: (position: number, timeoutMs: number) => Promise<boolean>;
  readonly now?: () => number;
  readonly rest?: (ms: number) => Promise<void>;
}

const REST_MS = 20;
// This many events in one commit come from many publishers. A single publisher that waits for each write is never delayed.
const CROWD_POSITIONS = 16;
// With this many pending events, waiting for more gains nothing.
const BACKLOG_POSITIONS = 1000;

export function openPacing({ head, headBeyond, now = () => performance.now(), rest = pause }: PacingOptions): Pacing {
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
