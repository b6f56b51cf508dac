import { catalog } from '../../events/catalog.ts';
import type { EventDefinition } from '../../events/define-event.ts';
import type { Consumer, Log } from './consumer.ts';

/** Tells once of each deprecated event that one of the consumers subscribes to: until when it will come, and what takes its
 *  place. To be called when they are started. */
export function warnOfDeprecatedEvents(
  consumers: readonly Consumer[],
  logger: Log,
  definitions: Readonly<Record<string, EventDefinition>> = catalog,
): void {
  for (const { type, deprecation } of Object.values(definitions)) {
    if (deprecation === undefined) continue;
    const subscribers = consumers.filter(({ on }) => Object.hasOwn(on, type)).map(({ name }) => name);
    if (subscribers.length === 0) continue;
    const { sunset, replacedBy } = deprecation;
    const details = { type, consumers: subscribers, sunset, ...(replacedBy !== undefined && { replacedBy }) };
    const instead = replacedBy === undefined ? '' : `, subscribe to ${replacedBy} instead`;
    logger.warn(details, `${type} is deprecated and comes until ${sunset}${instead}`);
  }
}
