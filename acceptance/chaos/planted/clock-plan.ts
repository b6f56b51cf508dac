/** The clock of a process: it is `offsetMs` away from the machine's, and jumps back once. */
export interface ClockPlan {
  readonly offsetMs: number;
  /** Since the start of each thread. */
  readonly jumpAfterMs: number;
  readonly jumpBackMs: number;
}

export const CLOCK_PLAN = 'CHAOS_CLOCK';
