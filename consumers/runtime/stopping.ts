/** That something has been told to stop, and waits that end with it. */
export interface Stopping {
  stopped(): boolean;
  stop(): void;
  /** Ends the wait that there is, and nothing else. */
  wake(): void;
  /** Ends as `wait` does, or with false as soon as `stop` or `wake` is called. One wait at a time. */
  unlessStopped(wait: Promise<boolean>): Promise<boolean>;
  /** Gives false if it was ended before. */
  pause(ms: number): Promise<boolean>;
}

export function createStopping(): Stopping {
  let stopped = false;
  // A race against one promise for all waits would keep something of every wait until the end.
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
