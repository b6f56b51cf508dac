import { defined } from '../../events/defined.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { Discarded, ParkedEvent, ParkedSelection, Redriven } from '../../ports/parking-lot.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import type { Parking } from './parking.ts';
import type { Stopping } from './stopping.ts';

/** Operators' requests to a parking lot. They run in the projection's own loop, one slice at a time, so that new events
 *  are handled in between; each slice is one commit, in which effects and the lot change together. A slice ends for a stop
 *  and after an event that has left the system. */
export interface LotRequests {
  /** Retries the keys of the selection, from their first event on, whatever their attempts. Rejects with the storage's
   *  error if the disk fails; earlier commits stay. */
  redrive(selection: ParkedSelection): Promise<Redriven>;
  /** Discards the failed events that match `error`, or everything else that is selected; events behind them
   *  continue. */
  discard(selection: ParkedSelection): Promise<Discarded>;
  waiting(): boolean;
  /** Does one slice of the oldest request. */
  work(): Promise<void>;
  /** Ends: no further requests are served. */
  end(): void;
}

interface Request {
  /** Runs inside a commit; returns the result once the request is complete. */
  readonly slice: () => Promise<object | undefined>;
  readonly resolve: (answer: object) => void;
  readonly reject: (error: unknown) => void;
}

const SLICE_EVENTS = 1000;
const SLICE_MS = 250;
const PAGE_EVENTS = 1000;

export interface LotRequestsOptions {
  readonly unit: UnitOfWork;
  readonly parking: Parking;
  readonly stopping: Pick<Stopping, 'stopped' | 'wake'>;
}

export function createLotRequests(options: LotRequestsOptions): LotRequests {
  const { parking, stopping } = options;
  const requests: Request[] = [];
  let ended = false;

  function ask<Answer extends object>(slice: Request['slice']): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (ended) return reject(shuttingDown());
      requests.push({ slice, resolve: (answer) => resolve(answer as Answer), reject });
      stopping.wake();
    });
  }

  async function work(): Promise<void> {
    const [request] = requests;
    if (request === undefined || stopping.stopped()) return;
    let answer: object | undefined;
    try {
      await parking.inCommit(async () => void (answer = await request.slice()));
    } catch (error) {
      requests.shift();
      request.reject(error);
      throw error;
    }
    if (answer === undefined) return;
    requests.shift();
    request.resolve(answer);
  }

  return {
    redrive: (selection) => ask(redriving(options, selection)),
    discard: (selection) => ask(discarding(options, selection)),
    waiting: () => requests.length > 0,
    work,
    end() {
      ended = true;
      for (const { reject } of requests.splice(0)) reject(shuttingDown());
    },
  };
}

function shuttingDown(): FigtreeError {
  return new FigtreeError(
    'SHUTTING_DOWN',
    'The projection is stopping or being swapped. Completed work is kept; retry.',
  );
}

/** Each slice begins where the last one ended; a key that is not finished continues in the next slice. */
function redriving({ unit, parking, stopping }: LotRequestsOptions, selection: ParkedSelection): Request['slice'] {
  let keys: string[] | undefined;
  let next = 0;
  const counts = { keys: 0, handled: 0, failed: 0 };
  return async () => {
    keys ??= keysOf(unit, selection);
    counts.keys = keys.length;
    const until = performance.now() + SLICE_MS;
    for (let left = SLICE_EVENTS; left > 0 && performance.now() < until && !stopping.stopped();) {
      const key = keys[next];
      if (key === undefined) return counts;
      const { handled, failed, more, hadEffect } = await parking.retryKey(key, Math.min(left, 100));
      counts.handled += handled;
      if (failed) counts.failed += 1;
      if (!more) next += 1;
      left -= handled + 1;
      if (hadEffect) break;
    }
    return undefined;
  };
}

function discarding({ unit, parking }: LotRequestsOptions, selection: ParkedSelection): Request['slice'] {
  let after = 0;
  let discarded = 0;
  // Events parked after the request began are not part of it.
  let upTo: number | undefined;
  return async () => {
    const last = (upTo ??= unit.checkpoint());
    const page = selected(unit, selection, after).filter(({ position }) => position <= last);
    page.forEach((event) => parking.discard(event));
    discarded += page.length;
    after = page.at(-1)?.position ?? after;
    return page.length < PAGE_EVENTS ? { discarded } : undefined;
  };
}

/** Keys in the order of their first parked event. */
function keysOf(unit: UnitOfWork, selection: ParkedSelection): string[] {
  if (selection.key !== undefined) return unit.isParked(selection.key) ? [selection.key] : [];
  if (selection.position !== undefined || selection.event !== undefined) {
    return [...new Set(selected(unit, selection, 0).map(({ key }) => key))];
  }
  const keys: string[] = [];
  for (let after = 0; ;) {
    const page = unit.parked({ ...queryOf(selection), fronts: true, after, limit: PAGE_EVENTS });
    keys.push(...page.map(({ key }) => key));
    if (page.length < PAGE_EVENTS) return keys;
    after = page.at(-1)?.position ?? Infinity;
  }
}

function selected(unit: UnitOfWork, selection: ParkedSelection, after: number): ParkedEvent[] {
  if (selection.position !== undefined) {
    const found = selection.position > after ? unit.parkedAt(selection.position) : undefined;
    return found === undefined ? [] : [found];
  }
  return unit.parked({ ...queryOf(selection), after, limit: PAGE_EVENTS });
}

function queryOf({ key, event, error }: ParkedSelection) {
  return defined({ key, event, error });
}
