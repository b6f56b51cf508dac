import type { Deprecation } from '../../events/define-event.ts';
import { defined } from '../../events/defined.ts';
import type { Consumer, Log } from './consumer.ts';

/** Warns once of each deprecated event that one of the consumers subscribes to, with its last date and its replacement.
 *  Call it when consumers start. */
export function warnOfDeprecatedEvents(
  consumers: readonly Consumer[],
  logger: Log,
  deprecations: Readonly<Record<string, Deprecation>>,
): void {
  for (const [type, { sunset, replacedBy }] of Object.entries(deprecations)) {
    const subscribers = consumers.filter(({ on }) => Object.hasOwn(on, type)).map(({ name }) => name);
    if (subscribers.length === 0) continue;
    const details = { type, consumers: subscribers, sunset, ...defined({ replacedBy }) };
    const instead = replacedBy === undefined ? '' : `, subscribe to ${replacedBy} instead`;
    logger.warn(details, `${type} is deprecated and will be published until ${sunset}${instead}`);
  }
}
