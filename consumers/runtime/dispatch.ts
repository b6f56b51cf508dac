import type { EventType } from '../../events/catalog.ts';
import type { HandledEvent, RecordedEvent } from '../../events/envelope.ts';
import type { ReadingUpcasters } from '../../schema-registry/lazy-upcasters.ts';
import type { Consumer, Handler, HandlerContext } from './consumer.ts';
import { failureOfHandler, RefusedEvent } from './handler-failure.ts';
import { type Trace, untraced } from './tracer.ts';

/** Passes each event to the handlers of its type, one after the other. */
export interface Dispatch<Event extends HandledEvent = RecordedEvent> {
  /** The types that any of the consumers handles. */
  readonly types: readonly EventType[];
  /** Names of the consumers that handle the type. */
  consumersOf(type: EventType): readonly string[];
  /** Whether one of them affects something that cannot be rolled back. */
  leavesSystem(type: EventType): boolean;
  /** Synchronous, without a promise, if all handlers are. Throws or rejects with a HandlerFailure if a consumer threw,
   *  with the storage's own error if that was the reason, or with a RefusedEvent, before any consumer has seen the
   *  event, if it is not of the current version. */
  dispatch(event: Event, traced: boolean): Promise<void> | undefined;
}

export interface DispatchParts<Event extends HandledEvent = RecordedEvent> {
  readonly consumers: readonly Consumer[];
  readonly upcasters: Pick<ReadingUpcasters, 'refusal'>;
  readonly contextOf: (event: Event) => HandlerContext;
  /** Default: nothing is traced. */
  readonly tracer?: { begin(event: Event, traced: boolean): Trace };
}

interface NamedHandler {
  readonly consumer: string;
  readonly handler: Handler<EventType>;
  readonly leavesSystem: boolean;
}

type Wanting = readonly [NamedHandler, ...NamedHandler[]];

export function createDispatch<Event extends HandledEvent = RecordedEvent>(
  parts: DispatchParts<Event>,
): Dispatch<Event> {
  const { upcasters, contextOf, tracer } = parts;
  const handlers = handlersByType(parts.consumers);
  return {
    types: [...handlers.keys()],
    consumersOf: (type) => (handlers.get(type) ?? []).map(({ consumer }) => consumer),
    leavesSystem: (type) => (handlers.get(type) ?? []).some((each) => each.leavesSystem),
    dispatch(event, traced) {
      const wanting = handlers.get(event.type);
      // An event that no consumer handles need not be valid.
      if (wanting === undefined) return undefined;
      const run = () =>
        runHandlers({ event, context: contextOf(event), trace: tracer?.begin(event, traced) ?? untraced }, wanting);
      const refusing = upcasters.refusal(event);
      return refusing === undefined ? run() : unlessRefused(refusing, event, wanting[0].consumer).then(run);
    },
  };
}

async function unlessRefused(
  refusing: ReturnType<ReadingUpcasters['refusal']>,
  event: HandledEvent,
  consumer: string,
): Promise<void> {
  const refusal = await refusing;
  if (refusal !== undefined) throw new RefusedEvent(event, consumer, refusal);
}

interface Run {
  readonly event: HandledEvent;
  readonly context: HandlerContext;
  readonly trace: Trace;
}

function runHandlers(run: Run, wanting: readonly NamedHandler[]): Promise<void> | undefined {
  const { event, context, trace } = run;
  for (const [index, { consumer, handler, leavesSystem }] of wanting.entries()) {
    if (leavesSystem && context.replay) continue;
    let running: Promise<void> | void;
    try {
      running = trace.run(consumer, () => handler(event, context));
    } catch (error) {
      throw failureOf(run, consumer, error);
    }
    if (running !== undefined) return finish(run, running, wanting.slice(index));
  }
  return undefined;
}

async function finish(run: Run, running: Promise<void>, wanting: readonly NamedHandler[]): Promise<void> {
  const [current, ...others] = wanting;
  try {
    await running;
  } catch (error) {
    throw failureOf(run, current?.consumer ?? '', error);
  }
  await runHandlers(run, others);
}

function failureOf({ event, trace }: Run, consumer: string, error: unknown): unknown {
  trace.undo();
  return failureOfHandler(event, consumer, error);
}

function handlersByType(consumers: readonly Consumer[]): Map<EventType, Wanting> {
  const byType = new Map<EventType, Wanting>();
  for (const { name, on, leavesSystem = false } of consumers) {
    for (const type of Object.keys(on) as EventType[]) {
      // The catalog ties `type` to its data; a map over all types cannot, so the handler is widened here, once.
      const named = { consumer: name, handler: on[type] as unknown as Handler<EventType>, leavesSystem };
      const others = byType.get(type);
      byType.set(type, others === undefined ? [named] : [...others, named]);
    }
  }
  return byType;
}
