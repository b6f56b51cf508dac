import type { EventType } from '../../events/catalog.ts';
import type { Consumer, Handler } from './consumer.ts';

export interface NamedHandler {
  readonly consumer: string;
  readonly handler: Handler<EventType>;
  readonly leavesSystem: boolean;
}

export function handlersByType(consumers: readonly Consumer[]): Map<EventType, NamedHandler[]> {
  const byType = new Map<EventType, NamedHandler[]>();
  for (const { name, on, leavesSystem = false } of consumers) {
    for (const type of Object.keys(on) as EventType[]) {
      // The catalog ties `type` to its data; a map over all types cannot, so the handler is widened here, once.
      const handler = on[type] as unknown as Handler<EventType>;
      byType.set(type, [...(byType.get(type) ?? []), { consumer: name, handler, leavesSystem }]);
    }
  }
  return byType;
}
