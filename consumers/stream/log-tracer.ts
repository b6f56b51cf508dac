import type { HandledEvent } from '../../events/envelope.ts';
import type { Log, Note } from '../runtime/consumer.ts';
import type { PersonalWords } from '../runtime/personal-words.ts';
import { tellHandled, type Trace, untraced } from '../runtime/tracer.ts';

type Work = () => Promise<Note | void> | Note | void;

/** Logs who handled an event and for how long, where there is no table to keep it in. The trace of each event is its own. */
export function logTracer(log: Log, personal: Pick<PersonalWords, 'outOfNote'>) {
  function tracing(event: HandledEvent): Trace {
    async function run(consumer: string, work: Work): Promise<void> {
      const startedMs = performance.now();
      const said = (await work()) as Note | undefined;
      const durationUs = Math.round((performance.now() - startedMs) * 1000);
      tellHandled(log, event, { consumer, durationUs, ...(said && personal.outOfNote(said, event)) });
    }
    return { run, undo() {} };
  }

  return { begin: (event: HandledEvent, traced: boolean): Trace => (traced ? tracing(event) : untraced) };
}
