/** Tells a consumer's fault from an event's, like the breaker of the embedded engine, where nothing can be undone and the same
 *  batch comes again by itself: from the last events that a consumer was handed, each counted once however often it came. What it
 *  knows lives as long as the process. */
export interface Outages {
  succeeded(consumers: readonly string[], event: string): void;
  failed(consumer: string, event: string): void;
  /** The consumer fails at most of what it gets: it has lost what it works with, and no event is to blame. */
  failing(consumer: string): boolean;
}

const WINDOW_EVENTS = 20;
const EVENTS_MIN = 10;

export function createOutages(): Outages {
  const windows = new Map<string, Window>();

  function windowOf(consumer: string): Window {
    let window = windows.get(consumer);
    if (window === undefined) windows.set(consumer, (window = createWindow()));
    return window;
  }

  return {
    succeeded(consumers, event) {
      for (const consumer of consumers) windowOf(consumer).note(event, true);
    },
    failed: (consumer, event) => windowOf(consumer).note(event, false),
    failing(consumer) {
      const { events, failures } = windowOf(consumer).counts();
      return events >= EVENTS_MIN && failures * 2 > events;
    },
  };
}

type Window = ReturnType<typeof createWindow>;

function createWindow() {
  const places: (string | undefined)[] = [];
  // Only failures are looked for again: what succeeded does not come back, or succeeds again.
  const failures = new Map<string, number>();
  let next = 0;

  function note(event: string, success: boolean): void {
    const before = failures.size > 0 ? failures.get(event) : undefined;
    if (before !== undefined) {
      if (!success) return;
      failures.delete(event);
      places[before] = undefined;
      return;
    }
    const forgotten = places[next];
    if (forgotten !== undefined) failures.delete(forgotten);
    places[next] = success ? undefined : event;
    if (!success) failures.set(event, next);
    next = (next + 1) % WINDOW_EVENTS;
  }

  return { note, counts: () => ({ events: places.length, failures: failures.size }) };
}
