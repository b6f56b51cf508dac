import type { EventType } from '../../events/catalog.ts';
import { withCorrelation } from '../../events/correlation.ts';
import type { FigtreeError } from '../../events/errors.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import type { ReadingUpcasters } from '../../schema-registry/lazy-upcasters.ts';
import type { Consumer, HandlerContext, Log, Note, Replay } from './consumer.ts';
import { correlationOf } from './event-correlation.ts';
import { failureOfHandler, RefusedEvent } from './handler-failure.ts';
import { handlersByType, type NamedHandler } from './handlers-by-type.ts';
import type { PersonalWords } from './personal-words.ts';
import type { Tracer } from './tracer.ts';

/** Takes one event through all consumers that want it, in the event's own correlation. */
export interface Handling {
  /** What any of the consumers wants. */
  readonly types: readonly EventType[];
  /** Names of the consumers that want events of the type. */
  consumersOf(type: EventType): readonly string[];
  /** Rejects with a HandlerFailure if a consumer threw, with the storage's own error if that was the reason; with a
   *  RefusedEvent, before any consumer has seen it, if it is not of the current version. */
  handle(event: RecordedEvent, traced: boolean): Promise<void>;
}

export interface HandlingOptions {
  readonly consumers: readonly Consumer[];
  readonly tracer: Tracer;
  readonly logger: Log;
  readonly upcasters: Pick<ReadingUpcasters, 'refusal'>;
  readonly personal: Pick<PersonalWords, 'outOfLog'>;
  readonly replay?: Replay;
}

export function createHandling(options: HandlingOptions): Handling {
  const { consumers, tracer, upcasters, personal, replay } = options;
  let current: RecordedEvent | undefined;
  const replaying = () => current !== undefined && (replay?.active(current.position) ?? false);
  const logger = replay === undefined ? options.logger : namingReplay(options.logger, replay.id, replaying);
  const handlers = handlersByType(consumers);
  const context: HandlerContext = {
    get replay() {
      return replaying();
    },
    log: personal.outOfLog(() => current, logger),
  };

  async function handle(event: RecordedEvent, traced: boolean): Promise<void> {
    const wanting = handlers.get(event.type) ?? [];
    const refusing = upcasters.refusal(event);
    const refusal = refusing && (await refusing);
    if (refusal !== undefined) return refuse(event, wanting, refusal);
    current = event;
    tracer.begin(event, traced);
    for (const { consumer, handler, leavesSystem } of wanting) {
      if (leavesSystem && replaying()) continue;
      try {
        const running = tracer.run(consumer, () => handler(event, context));
        if (running !== undefined) await running;
      } catch (error) {
        tracer.undo();
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
function refuse(event: RecordedEvent, [first]: readonly NamedHandler[], refusal: FigtreeError): void {
  if (first !== undefined) throw new RefusedEvent(event, first.consumer, refusal);
}
