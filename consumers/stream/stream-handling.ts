import type { HandledEvent } from '../../events/envelope.ts';
import type { EventType } from '../../events/catalog.ts';
import type { FailureWindows } from '../../resilience/failure-windows.ts';
import { HandlerFailure, isHandlerFailure, isRefusedEvent } from '../runtime/handler-failure.ts';
import { createHandling } from '../runtime/handling.ts';
import type { ReadingRules } from './envelope-reading.ts';
import { logTracer } from './log-tracer.ts';
import type { StreamHandlerOptions } from './stream-options.ts';

/** Handles the content of a record, whatever version it was published in. */
export interface StreamHandling {
  readonly rules: ReadingRules;
  /** Rejects like `Handling.handle`. Calls may overlap. */
  handle(event: HandledEvent): Promise<void>;
  /** The failure of an event that was given up. */
  timedOut(event: HandledEvent, ms: number): HandlerFailure<HandledEvent>;
}

export type StreamHandlingOptions = Pick<
  StreamHandlerOptions,
  'consumers' | 'logger' | 'personal' | 'replay' | 'upcasters'
> & { readonly outages: FailureWindows };

export function createStreamHandling(options: StreamHandlingOptions): StreamHandling {
  const { upcasters, logger, personal, outages } = options;
  const handling = createHandling<HandledEvent>({ ...options, tracer: logTracer(logger, personal) });
  const consumersOf = new Map<EventType, readonly string[]>(
    handling.types.map((type) => [type, handling.consumersOf(type)]),
  );

  async function handle(event: HandledEvent): Promise<void> {
    for (const current of upcasters.current([event])) {
      const consumers = consumersOf.get(current.type);
      if (consumers === undefined) continue;
      try {
        await handling.handle(current, current.correlationid !== current.id);
      } catch (error) {
        if (isHandlerFailure(error) && !isRefusedEvent(error)) outages.note(error.consumer, false, event.id);
        throw error;
      }
      for (const consumer of consumers) outages.note(consumer, true, event.id);
    }
  }

  return {
    rules: { upcasters, wanted: new Set(upcasters.storedAs(handling.types)) },
    handle,
    timedOut(event, ms) {
      const consumer = (consumersOf.get(event.type) ?? []).join(', ');
      outages.note(consumer, false, event.id);
      const cause = Object.assign(new Error(`took longer than ${Math.round(ms)} ms`), { name: 'TimeoutError' });
      return new HandlerFailure(event, consumer, cause);
    },
  };
}
