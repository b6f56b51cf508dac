/** The speed of something over the last seconds. */
export interface Speed {
  reached(position: number): void;
  perSecond(): number;
  /** Undefined while nothing moves. */
  secondsTo(target: number): number | undefined;
}

const WINDOW_MS = 5000;

export function createSpeed(now: () => number = () => performance.now()): Speed {
  let seen: { readonly atMs: number; readonly position: number }[] = [];

  function perSecond(): number {
    const [first] = seen;
    const last = seen.at(-1);
    if (first === undefined || last === undefined) return 0;
    const seconds = (now() - first.atMs) / 1000;
    return seconds <= 0 ? 0 : Math.max(0, (last.position - first.position) / seconds);
  }

  return {
    reached(position) {
      const atMs = now();
      // A different file, or the same one rebuilt.
      if (position < (seen.at(-1)?.position ?? 0)) seen = [];
      seen.push({ atMs, position });
      while (seen.length > 2 && (seen[1]?.atMs ?? atMs) < atMs - WINDOW_MS) seen.shift();
    },
    perSecond,
    secondsTo(target) {
      const speed = perSecond();
      const left = target - (seen.at(-1)?.position ?? 0);
      if (left <= 0) return 0;
      return speed === 0 ? undefined : left / speed;
    },
  };
}
