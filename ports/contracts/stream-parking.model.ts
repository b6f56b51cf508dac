import type { KeyState, StoppedKey, StreamedEvent, StreamParkedReader, StreamParking } from '../stream-parking.ts';

interface ModelKey {
  state: KeyState;
  /** The record of the event that failed. */
  record?: string | undefined;
  attempts: number;
  stopped?: StoppedKey;
  readonly events: Map<bigint, StreamedEvent>;
}

/** A naive parking lot of a stream: a map in memory. */
export function modelStreamParking(): StreamParking {
  const keys = new Map<string, ModelKey>();
  const stoppedOf = (key: string) => stoppedIn(keys, key);
  return {
    textBytesMax: 390_000,
    async states(asked) {
      return new Map(
        asked.flatMap((key) => (keys.has(key) ? [[key, keys.get(key)?.state ?? 'failing'] as const] : [])),
      );
    },
    async countFailure({ key, sequenceNumber }) {
      const known = keys.get(key);
      const attempts = (known?.record === sequenceNumber ? (known.attempts ?? 0) : 0) + 1;
      if (known?.state !== 'stopped') {
        keys.set(key, { state: 'failing', record: sequenceNumber, attempts, events: new Map() });
      }
      return attempts;
    },
    async forgetFailures(some) {
      for (const key of some) if (keys.get(key)?.state === 'failing') keys.delete(key);
    },
    async park(event, failure) {
      const { key, sequenceNumber } = event;
      const known = stoppedOf(key);
      if (known !== undefined) return void known.events.set(placeOf(event), event);
      const stopped = { key, stoppedAtMs: Date.now(), failure: { event: event.event, ...failure } };
      const events = new Map([[placeOf(event), event]]);
      keys.set(key, { state: 'stopped', record: sequenceNumber, attempts: failure.attempts, stopped, events });
    },
    async parkBehind(events) {
      const known = stoppedOf(events[0]?.key ?? '');
      for (const event of events) known?.events.set(placeOf(event), event);
      return known !== undefined;
    },
    async settled() {},
    async failedAgain({ key, sequenceNumber, event }, failure) {
      const known = stoppedOf(key);
      if (known?.stopped === undefined) return;
      known.record = sequenceNumber;
      known.stopped = { ...known.stopped, failure: { event, ...failure } };
    },
    async remove(event) {
      const known = stoppedOf(event.key);
      if (known?.stopped === undefined) return;
      known.events.delete(placeOf(event));
      if (known.events.size === 0) keys.delete(event.key);
      if (known.record !== event.sequenceNumber) return;
      known.record = undefined;
      known.stopped = { key: event.key, stoppedAtMs: known.stopped.stoppedAtMs };
    },
    ...modelReader(keys),
  };
}

const placeOf = ({ sequenceNumber }: Pick<StreamedEvent, 'sequenceNumber'>) => BigInt(sequenceNumber);

function stoppedIn(keys: ReadonlyMap<string, ModelKey>, key: string): ModelKey | undefined {
  const known = keys.get(key);
  return known?.state === 'stopped' ? known : undefined;
}

function modelReader(keys: ReadonlyMap<string, ModelKey>): StreamParkedReader {
  return {
    async stoppedKeys({ after = '', limit }) {
      const stopped = [...keys.values()].flatMap((key) => key.stopped ?? []);
      return stopped
        .filter(({ key }) => key > after)
        .toSorted((a, b) => (a.key < b.key ? -1 : 1))
        .slice(0, limit);
    },
    async stoppedKey(key) {
      return stoppedIn(keys, key)?.stopped;
    },
    async waiting(key, { after, limit }) {
      const known = stoppedIn(keys, key);
      const from = BigInt(after ?? -1);
      return known === undefined
        ? []
        : inOrder(known)
            .filter((event) => placeOf(event) > from)
            .slice(0, limit);
    },
  };
}

function inOrder({ events }: ModelKey): StreamedEvent[] {
  return [...events].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, event]) => event);
}
