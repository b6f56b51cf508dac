import { settlesWithin } from '../../resilience/timeout.ts';

/** Where a server stands between its start and its end, shared by the app (which counts) and the server (which stops). */
export interface Lifecycle {
  /** True once no new request is taken. */
  stopping(): boolean;
  /** How many handlers run now. */
  running(): number;
  begin(): void;
  end(): void;
  /** From now on nothing new is taken. Resolves once no handler runs any more, false if that takes longer than the limit. */
  drain(limitMs: number): Promise<boolean>;
  /** Fires when the live tails have to end. */
  readonly tails: AbortController;
}

export function openLifecycle(): Lifecycle {
  let running = 0;
  let stopping = false;
  let drained = () => {};
  return {
    tails: new AbortController(),
    stopping: () => stopping,
    running: () => running,
    begin: () => void (running += 1),
    end() {
      running -= 1;
      if (running === 0) drained();
    },
    async drain(limitMs) {
      stopping = true;
      return running === 0 || settlesWithin(new Promise<void>((resolve) => (drained = resolve)), limitMs);
    },
  };
}
