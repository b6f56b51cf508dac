import { type HandlerFailure, isHandlerFailure } from '../../../consumers/runtime/handler-failure.ts';
import { type PersonalWords, personalWords } from '../../../consumers/runtime/personal-words.ts';
import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { PersonalPaths } from '../../../schema-registry/event-facts.ts';

/** Returns the error with which a rebuild fails: REBUILD_STOPPED, without the event's personal texts, if a consumer could not
 *  handle an event. */
export function rebuildFailure(error: unknown, projection: string | undefined, paths: PersonalPaths): unknown {
  return isHandlerFailure(error) ? stoppedAt(error, projection, personalWords(paths)) : error;
}

function stoppedAt(
  { event, consumer, cause }: HandlerFailure,
  projection: string | undefined,
  personal: PersonalWords,
) {
  const cleaned = personal.outOfError(cause, event);
  const reason = cleaned instanceof Error ? cleaned.message : String(cleaned);
  const { position, id, type } = event;
  const message = `${consumer} cannot handle the ${type} ${id} at position ${position}: ${reason}`;
  const details = { ...defined({ projection }), position, id, type, consumer, reason };
  return new FigtreeError('REBUILD_STOPPED', message, details);
}
