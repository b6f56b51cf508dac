/** Begins one thing after the other, each as soon as it may. */
export interface Pace {
  /** It may be that something can begin. To be called as often as anybody likes. */
  wake(): void;
  end(): void;
}

/** `untilNext` says in how many milliseconds `begin` may be called next; undefined if something else has to happen before. */
export function createPace(begin: () => void, untilNext: () => number | undefined): Pace {
  let timer: NodeJS.Timeout | undefined;
  let timerAt = 0;

  function wake(): void {
    for (let wait = untilNext(); wait !== undefined; wait = untilNext()) {
      if (wait > 0) return wakeIn(wait);
      begin();
    }
  }

  // Asked for with every record: a timer that is early enough is left alone.
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
