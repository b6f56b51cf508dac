import { settlesWithin } from '../../resilience/timeout.ts';

/** The state of a server between its start and its end, shared by the app, which counts requests, and the server, which
 *  stops. */
export interface Lifecycle {
  /** True once no new requests are accepted. */
  stopping(): boolean;
  /** Number of running handlers. */
  running(): number;
  begin(): void;
  end(): void;
  /** Stops accepting requests. Resolves once no handler is running, or with false if that takes longer than the
   *  limit. */
  drain(limitMs: number): Promise<boolean>;
  /** Aborted when the live tails have to end. */
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
