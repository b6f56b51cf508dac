import type { EventType } from '../../events/catalog.ts';
import { withCorrelation } from '../../events/correlation.ts';
import type { FigtreeError } from '../../events/errors.ts';
import type { HandledEvent, RecordedEvent } from '../../events/envelope.ts';
import type { ReadingUpcasters } from '../../schema-registry/lazy-upcasters.ts';
import type { Consumer, HandlerContext, Log, Note, Replay } from './consumer.ts';
import { correlationOf } from './event-correlation.ts';
import { failureOfHandler, RefusedEvent } from './handler-failure.ts';
import { handlersByType, type NamedHandler } from './handlers-by-type.ts';
import type { PersonalWords } from './personal-words.ts';
import type { Trace } from './tracer.ts';

/** Takes one event through all consumers that want it, in the event's own correlation. */
export interface Handling<Event extends HandledEvent = RecordedEvent> {
  /** What any of the consumers wants. */
  readonly types: readonly EventType[];
  /** Names of the consumers that want events of the type. */
  consumersOf(type: EventType): readonly string[];
  /** Rejects with a HandlerFailure if a consumer threw, with the storage's own error if that was the reason; with a
   *  RefusedEvent, before any consumer has seen it, if it is not of the current version. Several may be on their way. */
  handle(event: Event, traced: boolean): Promise<void>;
}

export interface HandlingOptions<Event extends HandledEvent = RecordedEvent> {
  readonly consumers: readonly Consumer[];
  readonly tracer: { begin(event: Event, traced: boolean): Trace };
  readonly logger: Log;
  readonly upcasters: Pick<ReadingUpcasters, 'refusal'>;
  readonly personal: Pick<PersonalWords, 'outOfLog'>;
  readonly replay?: Replay;
}

export function createHandling<Event extends HandledEvent = RecordedEvent>(
  options: HandlingOptions<Event>,
): Handling<Event> {
  const { consumers, tracer, upcasters } = options;
  const handlers = handlersByType(consumers);
  const contextOf = contextGiver(options);

  async function handle(event: Event, traced: boolean): Promise<void> {
    const wanting = handlers.get(event.type) ?? [];
    const refusing = upcasters.refusal(event);
    const refusal = refusing && (await refusing);
    if (refusal !== undefined) return refuse(event, wanting, refusal);
    const context = contextOf(event);
    const trace = tracer.begin(event, traced);
    for (const { consumer, handler, leavesSystem } of wanting) {
      if (leavesSystem && context.replay) continue;
      try {
        const running = trace.run(consumer, () => handler(event, context));
        if (running !== undefined) await running;
      } catch (error) {
        trace.undo();
        throw failureOfHandler(event, consumer, error);
      }
    }
  }

  return {
    types: [...handlers.keys()],
    consumersOf: (type) => (handlers.get(type) ?? []).map(({ consumer }) => consumer),
    handle: (event, traced) => withCorrelation(correlationOf(event), () => handle(event, traced)),
  };
}

/** Each event has a context of its own, because another one may be handled beside it. Most handlers ask it nothing. */
function contextGiver<Event extends HandledEvent>({ logger, personal, replay }: HandlingOptions<Event>) {
  return (event: Event): HandlerContext => {
    let log: Log | undefined;
    const replaying = () => replay?.active(event) ?? false;
    return {
      get replay() {
        return replaying();
      },
      get log() {
        const named = replay === undefined ? logger : namingReplay(logger, replay.id, replaying);
        return (log ??= personal.outOfLog(() => event, named));
      },
    };
  };
}

function namingReplay(logger: Log, id: string, replaying: () => boolean): Log {
  const named = (details: Note) => (replaying() ? { replay: id, ...details } : details);
  return {
    debug: (details, message) => logger.debug(named(details), message),
    info: (details, message) => logger.info(named(details), message),
    warn: (details, message) => logger.warn(named(details), message),
    error: (details, message) => logger.error(named(details), message),
  };
}

/** Nobody has to understand an event that nobody wants. */
function refuse(event: HandledEvent, [first]: readonly NamedHandler[], refusal: FigtreeError): void {
  if (first !== undefined) throw new RefusedEvent(event, first.consumer, refusal);
}
