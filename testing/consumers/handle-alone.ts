import type { EventType } from '../../events/catalog.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import type { Consumer, Handler, HandlerContext } from '../../consumers/runtime/consumer.ts';

const silent: HandlerContext = { replay: false, log: { debug() {}, info() {}, warn() {}, error() {} } };

/** Calls a consumer with one event, without the runtime's retries and transactions. For tests. */
export function handleAlone(consumer: Consumer): (event: HandledEvent) => Promise<void> {
  return async (event) => {
    // The catalog ties a type to its data; looked up by a dynamic type, the handler has to be widened.
    const handler = consumer.on[event.type] as unknown as Handler<EventType> | undefined;
    await handler?.(event, silent);
  };
}
