/** A request to stop, and the waits that it interrupts. */
export interface Stopping {
  stopped(): boolean;
  stop(): void;
  /** Ends the current wait, if any, and nothing else. */
  wake(): void;
  /** Settles like `wait`, or resolves with false as soon as `stop` or `wake` is called. One wait at a time. */
  unlessStopped(wait: Promise<boolean>): Promise<boolean>;
  /** Resolves with false if it was interrupted. */
  pause(ms: number): Promise<boolean>;
}

export function createStopping(): Stopping {
  let stopped = false;
  // Racing each wait against one shared promise would leak memory per wait.
  let interrupt = () => {};

  function unlessStopped(wait: Promise<boolean>): Promise<boolean> {
    return new Promise((resolve, reject) => {
      interrupt = () => resolve(false);
      wait.then(resolve, reject);
      if (stopped) interrupt();
    });
  }

  return {
    stopped: () => stopped,
    stop() {
      stopped = true;
      interrupt();
    },
    wake: () => interrupt(),
    unlessStopped,
    async pause(ms) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const timer = setTimeout(resolve, ms, true);
      const slept = await unlessStopped(promise);
      clearTimeout(timer);
      return slept;
    },
  };
}
