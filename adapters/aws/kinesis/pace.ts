/** Starts one thing after the other, each as soon as it may start. */
export interface SendPace {
  /** Something may be ready to start. Cheap enough to be called often. */
  wake(): void;
  end(): void;
}

/** `untilNext` returns in how many milliseconds `begin` may be called next; undefined if something else has to happen
 *  first. */
export function createSendPace(begin: () => void, untilNext: () => number | undefined): SendPace {
  let timer: NodeJS.Timeout | undefined;
  let timerAt = 0;

  function wake(): void {
    for (let wait = untilNext(); wait !== undefined; wait = untilNext()) {
      if (wait > 0) return wakeIn(wait);
      begin();
    }
  }

  // Called for every record: a timer that is early enough stays.
  function wakeIn(ms: number): void {
    const at = performance.now() + ms;
    if (timer !== undefined && timerAt <= at) return;
    clearTimeout(timer);
    timerAt = at;
    timer = setTimeout(() => {
      timer = undefined;
      wake();
    }, Math.ceil(ms));
  }

  return {
    wake,
    end() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
