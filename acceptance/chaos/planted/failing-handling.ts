import type { Consumer, Handler } from '../../../consumers/runtime/consumer.ts';
import { createHandling as create, type Handling, type HandlingOptions } from '../../../consumers/runtime/handling.ts';
import type { EventType } from '../../../events/catalog.ts';
import { active, type FailingPlan, hits, readFailingPlan } from './failing-plan.ts';

// Stands in for consumers/runtime/handling.ts: the place that every consumer of every projection comes by.

const plan = readFailingPlan();

export function createHandling(options: HandlingOptions): Handling {
  return create({ ...options, consumers: options.consumers.map((consumer) => failing(consumer, plan)) });
}

function failing(consumer: Consumer, plan: FailingPlan): Consumer {
  if (consumer.name !== plan.consumer) return consumer;
  // The catalog ties a type to its data; entries of all types cannot.
  const handlers = Object.entries(consumer.on) as [EventType, Handler<EventType>][];
  const on = handlers.map(([type, handler]): [EventType, Handler<EventType>] => [
    type,
    (event, context) => {
      if (hits(plan, event) && active(plan)) throw new Error(`planted at ${event.id}`);
      return handler(event, context);
    },
  ]);
  return { ...consumer, on: Object.fromEntries(on) };
}
