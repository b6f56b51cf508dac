import type { FanOut, FanOutMessage } from '../../ports/fan-out.ts';
import { whenStored } from './when-stored.ts';
import type { MessageConsumer } from './consumer.ts';
import type { Tracer } from './tracer.ts';

/** A fan-out without a queue: the message is handled immediately, in the transaction of the event that caused it. */
export function inTransactionFanOut(consumer: MessageConsumer<FanOutMessage>, tracer: Tracer): FanOut {
  return { send: async (message) => tracer.run(consumer.name, () => consumer.handle(message)) };
}

/** The same without traces, for rebuilds, whose messages must not reach anything live. */
export function untracedFanOut(consumer: MessageConsumer<FanOutMessage>): FanOut {
  return { send: (message) => whenStored(consumer.handle(message), () => undefined) };
}
