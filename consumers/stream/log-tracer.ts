import type { HandledEvent } from '../../events/envelope.ts';
import type { Log, Note } from '../runtime/consumer.ts';
import type { PersonalWords } from '../runtime/personal-words.ts';
import { logHandled, type Trace, untraced } from '../runtime/tracer.ts';

type Work = () => Promise<Note | void> | Note | void;

/** Logs who handled an event and for how long, for engines without a table of steps. Each event has its own trace. */
export function logTracer(log: Log, personal: Pick<PersonalWords, 'outOfNote'>) {
  function tracing(event: HandledEvent): Trace {
    async function run(consumer: string, work: Work): Promise<void> {
      const startedMs = performance.now();
      const returned = (await work()) as Note | undefined;
      const durationUs = Math.round((performance.now() - startedMs) * 1000);
      logHandled(log, event, { consumer, durationUs, ...(returned && personal.outOfNote(returned, event)) });
    }
    return { run, undo() {} };
  }

  return { begin: (event: HandledEvent, traced: boolean): Trace => (traced ? tracing(event) : untraced) };
}
