import type { EventAppender } from '../ports/event-appender.ts';
import type { IngestParts } from './ingest.ts';

type HeldBack = Pick<IngestParts, 'log' | 'memory' | 'clockMark'>;

/** The same parts, where the memory and the clock's mark know nothing of the log and become durable whenever they do: an
 *  append is given to the log once everything is durable that they were given before it, and fails if that does. Appends are
 *  given on in the order in which they were called. An engine with one file for all of these needs none of this. */
export function holdingBack<Parts extends HeldBack>(parts: Parts): Parts & HeldBack {
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
  // Whoever called the append is told.
}
