/** A speed in positions per second, averaged over the last seconds. */
export interface Speed {
  reached(position: number): void;
  perSecond(): number;
  /** Undefined while there is no progress. */
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
      // Another file, or the same one from its start.
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
