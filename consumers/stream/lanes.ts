/** Runs lanes side by side, so many at once, in their order. What runs must not reject. */
export interface RunningLanes<Lane> {
  /** Resolves when all have ended or were given up. */
  readonly done: Promise<void>;
  readonly running: ReadonlySet<Lane>;
  /** Goes on without waiting for it. What it still does is its own affair. */
  giveUp(lane: Lane): void;
  /** Begins no more. */
  stop(): void;
}

export function startLanes<Lane>(
  lanes: Iterable<Lane>,
  run: (lane: Lane) => Promise<void>,
  atOnce: number,
): RunningLanes<Lane> {
  const left = lanes[Symbol.iterator]();
  const running = new Set<Lane>();
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let stopped = false;

  function fill(): void {
    while (running.size < atOnce && !stopped) {
      const next = left.next();
      if (next.done === true) break;
      const lane = next.value;
      running.add(lane);
      void run(lane).then(() => end(lane));
    }
    if (running.size === 0) resolve();
  }

  function end(lane: Lane): void {
    if (running.delete(lane)) fill();
  }

  fill();
  return { done, running, giveUp: end, stop: () => void (stopped = true) };
}
