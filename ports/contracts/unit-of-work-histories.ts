import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { ParkedEvent } from '../parking-lot.ts';
import type { FlowStep, UnitOfWork } from '../unit-of-work.ts';

export interface UnitOfWorkUnderTest {
  readonly unit: UnitOfWork;
  /** Inside a commit: writes a row as a store of this engine does. */
  readonly write: (name: string, value: number) => void;
  /** The state as another process sees it. */
  readonly seen: () => Seen;
  readonly stepsOf: (correlationId: string) => FlowStep[];
  /** Fills the disk. Returns the function that frees it. */
  fill(): () => void;
  /** Closes it and reopens the same data. */
  reopen(): Promise<UnitOfWorkUnderTest>;
  /** Closes it and removes its data. */
  remove(): Promise<void>;
}

export interface Seen {
  readonly rows: Readonly<Record<string, number>>;
  readonly checkpoint: number;
  /** Number of parked events. */
  readonly parked: number;
}

export function parkedAt(position: number, key = 'key'): ParkedEvent {
  return { position, key, event: `event ${position}`, attempts: 0, parkedAtMs: 1000 + position };
}

export function stepAt(position: number): FlowStep {
  return { correlationid: 'flow', position, consumer: 'c', at: '2016-02-22T07:02:00.000Z', durationUs: 12 };
}

type Action =
  | { readonly kind: 'write' | 'park' | 'unpark' | 'discard' | 'step'; readonly number: number }
  | { readonly kind: 'attempt'; readonly actions: readonly Action[]; readonly fails: boolean };

type Step =
  | { readonly kind: 'commit'; readonly actions: readonly Action[]; readonly fails: boolean }
  | { readonly kind: 'reopen' };

// Few names and positions, so that a rollback often has older values to restore.
const { action } = fc.letrec<{ action: Action }>((tie) => ({
  action: fc.oneof(
    { maxDepth: 3 },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom('write', 'write', 'park', 'park', 'unpark', 'discard', 'step'),
        number: fc.integer({ min: 1, max: 4 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('attempt'),
        actions: fc.array(tie('action'), { maxLength: 5 }),
        fails: fc.boolean(),
      }),
    },
  ),
}));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('commit'),
      actions: fc.array(action, { maxLength: 8 }),
      fails: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen') }) },
);

export const histories = fc.array(step, { maxLength: 12 });

interface State {
  readonly rows: Record<string, number>;
  readonly parked: ReadonlySet<number>;
  readonly discarded: ReadonlySet<number>;
  readonly steps: readonly number[];
}

/** Plays a history on a unit of its own; the model is a state that is discarded when something fails. */
export async function expectAsTheModel(
  history: readonly Step[],
  open: () => Promise<UnitOfWorkUnderTest>,
): Promise<void> {
  let subject = await open();
  let state: State = { rows: {}, parked: new Set(), discarded: new Set(), steps: [] };
  let checkpoint = 0;
  let written = 0;

  async function play(actions: readonly Action[], before: State): Promise<State> {
    let now = before;
    for (const each of actions) now = each.kind === 'attempt' ? await attempt(each, now) : one(each, now);
    return now;
  }

  function one({ kind, number }: Exclude<Action, { kind: 'attempt' }>, now: State): State {
    const { unit, write } = subject;
    if (kind === 'park') unit.park(parkedAt(number));
    else if (kind === 'unpark') unit.unpark(number);
    else if (kind === 'discard') unit.discard(number, 1000);
    else if (kind === 'step') unit.recordSteps([stepAt(number)]);
    else write(`row ${number}`, (written += 1));
    const parked = new Set(now.parked);
    if (kind === 'park') parked.add(number);
    const discarded = new Set(now.discarded);
    if (kind === 'discard' && parked.has(number)) discarded.add(number);
    if (kind === 'unpark' || kind === 'discard') parked.delete(number);
    const rows = kind === 'write' ? { ...now.rows, [`row ${number}`]: written } : now.rows;
    return { rows, parked, discarded, steps: kind === 'step' ? [...now.steps, number] : now.steps };
  }

  async function attempt({ actions, fails }: Extract<Action, { kind: 'attempt' }>, before: State): Promise<State> {
    let after = before;
    const attempted = subject.unit.attempt(async () => {
      after = await play(actions, before);
      if (fails) throw new Error('attempt failed');
    });
    if (!fails) return attempted.then(() => after);
    await expect(attempted).rejects.toThrow('attempt failed');
    return before;
  }

  try {
    for (const each of history) {
      if (each.kind === 'reopen') subject = await subject.reopen();
      else {
        const before = state;
        const committed = subject.unit.commit(async () => {
          state = await play(each.actions, before);
          if (each.fails) throw new Error('commit failed');
          return checkpoint + 1;
        });
        if (each.fails) {
          await expect(committed).rejects.toThrow('commit failed');
          state = before;
        } else {
          await committed;
          checkpoint += 1;
        }
      }
      const { rows, parked, discarded, steps } = state;
      expect(subject.seen()).toEqual({ rows, checkpoint, parked: parked.size });
      expect(subject.unit.parkedCount()).toBe(parked.size);
      expect(await subject.unit.parkedSummary()).toMatchObject({ events: parked.size, discarded: discarded.size });
      expect(subject.unit.parked({ limit: 1000 }).map(({ position }) => position)).toEqual(
        [...parked].toSorted((a, b) => a - b),
      );
      expect(subject.stepsOf('flow').map(({ position }) => position)).toEqual(steps);
    }
  } finally {
    await subject.remove();
  }
}
