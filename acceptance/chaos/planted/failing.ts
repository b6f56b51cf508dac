import type { Consumer, Handler } from '../../../consumers/runtime/consumer.ts';
import type { EventType } from '../../../events/catalog.ts';
import { active, hits, readFailingPlan } from './failing-plan.ts';

const plan = readFailingPlan();

/** The same consumers; the planned one throws according to the plan. */
export const failing = (consumers: readonly Consumer[]): Consumer[] => consumers.map(failingIfPlanned);

function failingIfPlanned(consumer: Consumer): Consumer {
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
