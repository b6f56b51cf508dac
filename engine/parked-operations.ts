import { defined } from '../events/defined.ts';
import { FigtreeError } from '../events/errors.ts';
import type { Discarded, ParkedReader, ParkedSelection, Redriven } from '../ports/parking-lot.ts';
import type { ProjectionName } from '../ports/progress.ts';
import type { ParkingLots } from './parked-queries.ts';

/** Calls an operation by name in the process or thread that owns it. */
export type Ask = (name: string, argument: unknown) => Promise<unknown>;

/** Operators' actions on parked events. Each takes a selection and returns what was done, by projection. */
export interface ParkedOperations {
  /** Retries the selected events: each key from its first event on, in order, until one fails. */
  redriveParked(asked: SelectionAsked): Promise<RedriveReport>;
  /** Discards the selected events. */
  discardParked(asked: SelectionAsked): Promise<DiscardReport>;
  /** Resumes a paused projection: failures up to the current head are parked. */
  resumeProjection(asked: {
    readonly projection: ProjectionName;
  }): Promise<{ readonly paused: boolean; readonly upTo: number }>;
}

/** Exactly one of position, event, key, error and all; in one projection, or in all. */
export interface SelectionAsked extends ParkedSelection {
  readonly projection?: ProjectionName;
}

type InProjection<Done> = Done & { readonly projection: ProjectionName };

export interface RedriveReport extends Redriven {
  readonly projections: readonly InProjection<Redriven>[];
}

export interface DiscardReport extends Discarded {
  readonly projections: readonly InProjection<Discarded>[];
}

export interface ParkedOperationsOptions {
  /** The thread that currently writes the projection. */
  readonly ask: (projection: ProjectionName) => Ask;
  readonly lots: ParkingLots;
  readonly head: () => Promise<number>;
}

export function parkedOperations({ ask, lots, head }: ParkedOperationsOptions): ParkedOperations {
  /** In all projections concurrently: most work in threads of their own. */
  async function inEach<Done>(name: 'redrive' | 'discard', asked: SelectionAsked): Promise<InProjection<Done>[]> {
    const { projection: only, ...selection } = asked;
    requireOne(selection);
    const names = lots.names.filter((each) => only === undefined || each === only);
    const holding = names.filter((each) => holds(lots.of(each), selection));
    if (holding.length === 0 && selection.all === undefined) throw notParked(asked);
    const doing = holding.map(async (projection) => ({
      projection,
      ...((await ask(projection)(name, selection)) as Done),
    }));
    return Promise.all(doing);
  }

  return {
    async redriveParked(asked) {
      const done = await inEach<Redriven>('redrive', asked);
      const sum = (count: (one: (typeof done)[number]) => number) => done.reduce((all, one) => all + count(one), 0);
      return {
        keys: sum(({ keys }) => keys),
        handled: sum(({ handled }) => handled),
        failed: sum(({ failed }) => failed),
        projections: done,
      };
    },
    async discardParked(asked) {
      const done = await inEach<Discarded>('discard', asked);
      return { discarded: done.reduce((all, { discarded }) => all + discarded, 0), projections: done };
    },
    async resumeProjection({ projection }) {
      const upTo = await head();
      const paused = (await ask(projection)('resume', upTo)) as boolean;
      return { paused, upTo };
    },
  };
}

function requireOne(selection: ParkedSelection): void {
  const named = Object.values(selection).filter((value) => value !== undefined);
  if (named.length === 1) return;
  throw new FigtreeError('REQUEST_INVALID', 'select by exactly one of position, event, key, error and all');
}

function holds(lot: ParkedReader, { position, key, event, error }: ParkedSelection): boolean {
  if (position !== undefined) return lot.parkedAt(position) !== undefined;
  const query = {
    ...defined({ key, event, error }),
  };
  return lot.parked({ ...query, limit: 1 }).length > 0;
}

function notParked({ projection, position, key, event, error }: SelectionAsked): FigtreeError {
  const what =
    position !== undefined
      ? `at position ${position}`
      : key !== undefined
        ? `with the key ${key}`
        : event !== undefined
          ? `with the ID ${event}`
          : `with the error ${error}`;
  return new FigtreeError(
    'NOT_FOUND',
    `no event is parked ${what}${projection === undefined ? '' : ` in ${projection}`}`,
  );
}
