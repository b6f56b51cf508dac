import { withCorrelation } from '../../events/correlation.ts';
import type { HandledEvent, RecordedEvent } from '../../events/envelope.ts';
import type { ReadingUpcasters } from '../../schema-registry/lazy-upcasters.ts';
import type { Consumer, HandlerContext, Log, Note, Replay } from './consumer.ts';
import { createDispatch, type Dispatch } from './dispatch.ts';
import { correlationOf } from './event-correlation.ts';
import type { PersonalWords } from './personal-words.ts';
import type { Trace } from './tracer.ts';

/** Runs an event through all consumers of its type, in the event's own correlation. */
export interface Handling<Event extends HandledEvent = RecordedEvent> extends Pick<
  Dispatch<Event>,
  'types' | 'consumersOf' | 'leavesSystem'
> {
  /** Whether handling this event affects something that cannot be rolled back: not in a replay. */
  hasEffect(event: Event): boolean;
  /** Rejects as `Dispatch.dispatch` does. Calls may overlap. */
  handle(event: Event, traced: boolean): Promise<void>;
}

export interface HandlingOptions<Event extends HandledEvent = RecordedEvent> {
  readonly consumers: readonly Consumer[];
  /** Default: nothing is traced. */
  readonly tracer?: { begin(event: Event, traced: boolean): Trace };
  readonly logger: Log;
  readonly upcasters: Pick<ReadingUpcasters, 'refusal'>;
  readonly personal: Pick<PersonalWords, 'outOfLog'>;
  readonly replay?: Replay;
}

export function createHandling<Event extends HandledEvent = RecordedEvent>(
  options: HandlingOptions<Event>,
): Handling<Event> {
  const { types, consumersOf, leavesSystem, dispatch } = createDispatch({
    ...options,
    contextOf: contextFactory(options),
  });
  const { replay } = options;
  return {
    types,
    consumersOf,
    leavesSystem,
    hasEffect: (event) => leavesSystem(event.type) && replay?.active(event) !== true,
    handle: async (event, traced) =>
      withCorrelation(correlationOf(event), () => dispatch(event, traced), {
        event,
        isReplay: () => replay?.active(event) ?? false,
      }),
  };
}

/** Each event has its own context, because calls may overlap. Most handlers never use it. */
function contextFactory<Event extends HandledEvent>({ logger, personal, replay }: HandlingOptions<Event>) {
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
