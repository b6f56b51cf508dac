import type { EventAppender } from '../ports/event-appender.ts';
import type { IngestParts } from './ingest.ts';

type DurableParts = Pick<IngestParts, 'log' | 'memory' | 'clockMark'>;

/** The same parts, for an engine whose memory and clock become durable independently of the log: an append is passed to
 *  the log once everything saved before it is durable, and fails if that fails. Appends are passed on in the order of
 *  their calls. An engine with one file for all of these does not need this. */
export function durableBefore<Parts extends DurableParts>(parts: Parts): Parts & DurableParts {
  const { log, memory, clockMark } = parts;
  const pending = new Set<Promise<void>>();
  let last: Promise<unknown> = Promise.resolve();

  function hold(written: Promise<void>): Promise<void> {
    pending.add(written);
    const forget = () => pending.delete(written);
    written.then(forget, forget);
    return written;
  }

  const append: EventAppender['append'] = (events) => {
    const given = Promise.all([last, ...pending]).then(() => ({ answer: log.append(events) }));
    last = given.then(nothing, nothing);
    return given.then(({ answer }) => answer);
  };

  return {
    ...parts,
    log: { append, head: () => log.head() },
    memory: {
      remember: (relationships) => hold(memory.remember(relationships)),
      recall: (relationshipIds) => memory.recall(relationshipIds),
    },
    clockMark: { load: () => clockMark.load(), save: (sequence) => hold(clockMark.save(sequence)) },
  };
}

function nothing(): void {
  // The caller of the append gets the error.
}
