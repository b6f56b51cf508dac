import { currentCorrelation, withCorrelation } from '../events/correlation.ts';
import type { RecordedEvent } from '../events/envelope.ts';
import type { EventLogReader } from '../ports/event-log.ts';
import type { Consumer, HandlerContext, Log, Note } from '../consumers/runtime/consumer.ts';
import { createDispatch } from '../consumers/runtime/dispatch.ts';
import { correlationOf } from '../consumers/runtime/event-correlation.ts';
import type { PersonalWords } from '../consumers/runtime/personal-words.ts';
import type { ReadingUpcasters } from '../schema-registry/lazy-upcasters.ts';

export interface FoldOptions {
  readonly consumers: readonly Consumer[];
  /** In current versions. */
  readonly log: Pick<EventLogReader, 'read'>;
  readonly upcasters: Pick<ReadingUpcasters, 'refusal'>;
  readonly logger: Log;
  readonly personal: Pick<PersonalWords, 'outOfLog'>;
  readonly replayId: string;
  readonly upTo: number;
  /** Called between pages; true ends the fold early. */
  readonly isFull: () => boolean;
  /** Called after each page; the next page is read once the result has resolved. */
  readonly onPage: (folded: Folded) => Promise<void> | void;
}

export interface Folded {
  /** Everything up to this position was handled or skipped. */
  readonly position: number;
  readonly events: number;
}

const PAGE_EVENTS = 1000;

/** Passes the log's events to consumers, from the first one and in replay: without retries, traces and transactions,
 *  because a failure discards everything that was written. Rejects with the HandlerFailure of the first event that a
 *  consumer fails on. Consumers that leave the system are not called. */
export async function foldLog(options: FoldOptions): Promise<Folded> {
  return await withCorrelation(currentCorrelation(), () => fold(options), { isReplay: () => true });
}

async function fold(options: FoldOptions): Promise<Folded> {
  const { log, upTo, isFull, onPage } = options;
  const consumers = options.consumers.filter(({ leavesSystem }) => !leavesSystem);
  const { types, dispatch } = createDispatch({ ...options, consumers, contextOf: contextFactory(options) });
  let position = 0;
  let events = 0;
  while (position < upTo) {
    const page = await log.read({ after: position, upTo, limit: PAGE_EVENTS, types });
    if (page.position === position) break;
    for (const event of page.events) {
      const handling = dispatch(event, false);
      if (handling !== undefined) await handling;
    }
    position = page.position;
    events += page.events.length;
    const pausing = onPage({ position, events });
    if (pausing !== undefined) await pausing;
    if (isFull()) break;
  }
  return { position, events };
}

/** One context for all events: each is handled before the next one begins. */
function contextFactory({ logger, personal, replayId }: FoldOptions): (event: RecordedEvent) => HandlerContext {
  let current: RecordedEvent | undefined;
  const log = ofTheEvent(logger, replayId, () => current);
  const context: HandlerContext = { replay: true, log: personal.outOfLog(() => current, log) };
  return (event) => {
    current = event;
    return context;
  };
}

/** Log lines of handlers carry the replay and their event's correlation. That is looked up per line: passing it along
 *  with every event would add a third to the cost of reading and parsing them. */
function ofTheEvent(logger: Log, replayId: string, current: () => RecordedEvent | undefined): Log {
  const writing = (level: keyof Log) => (details: Note, message: string) => {
    const event = current();
    const write = () => logger[level]({ replay: replayId, ...details }, message);
    if (event === undefined) write();
    else withCorrelation(correlationOf(event), write);
  };
  return { debug: writing('debug'), info: writing('info'), warn: writing('warn'), error: writing('error') };
}
