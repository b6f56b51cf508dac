import { defined } from '../../events/defined.ts';
import type { HandledEvent, RecordedEvent } from '../../events/envelope.ts';
import type { FlowStep } from '../../ports/unit-of-work.ts';
import type { Log, Note } from './consumer.ts';
import type { PersonalWords } from './personal-words.ts';

/** The handling of one event by its consumers. */
export interface Trace {
  /** Runs a consumer's handling of the event. */
  run(consumer: string, work: () => Promise<Note | void> | Note | void): Promise<void> | void;
  /** Forgets steps that were rolled back. */
  undo(): void;
}

export const untraced: Trace = {
  run(_consumer, work) {
    const running = work();
    return running instanceof Promise ? (running as Promise<void>) : undefined;
  },
  undo() {},
};

/** Records which consumer handled what, when and for how long, for flows that may be traced later. */
export interface Tracer extends Trace {
  /** Steps up to the next call belong to `event`: a transaction has one at a time, and one consumer's handling may run
   *  within another's. Events of one position are handled and rolled back together. */
  begin(event: RecordedEvent, traced: boolean): Trace;
  /** The steps since the last call. */
  take(): FlowStep[];
  /** Forgets the steps of the latest position. */
  undo(): void;
  /** Forgets all steps. */
  discard(): void;
}

export function createTracer(log: Log, personal: Pick<PersonalWords, 'outOfNote'>): Tracer {
  let current: RecordedEvent | undefined;
  let steps: FlowStep[] = [];
  let stepsBefore = 0;
  let position = Number.NaN;

  async function runTraced(event: RecordedEvent, consumer: string, work: () => unknown): Promise<void> {
    const startedMs = performance.now();
    const index = steps.length;
    const step = {
      correlationid: event.correlationid,
      position: event.position,
      consumer,
      at: new Date().toISOString(),
    };
    // Recorded before the work runs, so that steps caused by it come after it.
    steps.push({ ...step, durationUs: 0 });
    const returned = (await work()) as Note | undefined;
    const note = returned && personal.outOfNote(returned, event);
    const durationUs = Math.round((performance.now() - startedMs) * 1000);
    steps[index] = { ...step, durationUs, ...defined({ note }) };
    logHandled(log, event, { consumer, durationUs, ...note });
  }

  const tracer: Tracer = {
    begin(event, traced) {
      current = traced ? event : undefined;
      if (event.position !== position) stepsBefore = steps.length;
      position = event.position;
      return tracer;
    },
    run(consumer, work) {
      if (current !== undefined) return runTraced(current, consumer, work);
      return untraced.run(consumer, work);
    },
    take() {
      const taken = steps;
      steps = [];
      stepsBefore = 0;
      return taken;
    },
    undo() {
      steps.length = stepsBefore;
    },
    discard() {
      steps = [];
      stepsBefore = 0;
    },
  };
  return tracer;
}

/** Flows that a request started are logged at info; others would drown them while they are fresh. */
export function logHandled(log: Log, { id, type, position, correlationid }: HandledEvent, details: Note): void {
  const line = { event: id, type, ...defined({ position }), ...details };
  if (correlationid === id) log.debug(line, 'handled');
  else log.info(line, 'handled');
}
