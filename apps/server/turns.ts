/** Turns of the event loop for work that is long in total, such as the pages of all live tails. */
export interface Turns {
  /** Resolves when it is the caller's turn. Callers take turns in the order of their calls, one per turn of the event
   *  loop, however many wait: only one part of one caller's work ever blocks the loop, and requests are served between
   *  two parts. */
  next(): Promise<void>;
}

export function openTurns(): Turns {
  const waiting: (() => void)[] = [];
  let scheduled = false;

  // An immediate that is set by another one runs in the next turn, after all sockets that are ready by then.
  function schedule(): void {
    if (scheduled || waiting.length === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      waiting.shift()?.();
      schedule();
    });
  }

  return {
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        schedule();
      }),
  };
}
