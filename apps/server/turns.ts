/** Turns of the event loop for work that is long when taken together, such as the pages of all live tails. */
export interface Turns {
  /** Resolves when it is the caller's turn. Callers come in the order in which they asked, one in each turn of the event
   *  loop, however many wait: what holds the loop is one part of the work of one of them, and between two parts
   *  everybody else is served. */
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
