import type { Correlation } from '../../events/correlation.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { buildEvent, definitionOf } from '../build-event.ts';
import { parseEventData } from '../../events/reading/event-data.ts';
import { addIssues, isSelfFollow, problemOf } from '../../events/reading/findings.ts';
import { IGNORED, type Reading, refused } from '../reading.ts';
import type { Change } from './change.ts';
import { isProblem, type Mapping } from './mapping.ts';

/** `source` of every event that comes from a change of the monolith's database. */
export const LEGACY_SOURCE = 'urn:yubl:monolith';

/** Returns the events of a change, once their own parsers have accepted them. A change is accepted as a whole or not at
 *  all; problems are reported in terms of the change, whichever parser found them. */
export function changeEvents(change: Change, mapping: Mapping, correlation: Correlation): Reading {
  if (isProblem(mapping)) {
    return refused(change.findings.length > 0 ? problemOf('CHANGE_INVALID', change.findings) : mapping, change.id);
  }
  const { id, time, sequence, findings } = change;
  // While there are findings, these contain unreadable fields, and are discarded at the end.
  const events: EventEnvelope[] = [];
  for (const draft of mapping) {
    const parsed = parseEventData(definitionOf(draft.type), draft.data);
    if (parsed.success) {
      const stated = {
        type: draft.type,
        id: id + draft.idSuffix,
        source: LEGACY_SOURCE,
        time,
        sequence,
        data: parsed.data,
      };
      events.push(buildEvent(stated, correlation));
      continue;
    }
    const selfFollow = findings.length === 0 && isSelfFollow(parsed.error.issues);
    addIssues(findings, parsed.error.issues, (field) => draft.paths[field] ?? field);
    if (selfFollow) return refused(problemOf('SELF_FOLLOW', findings), id);
  }
  if (findings.length > 0) return refused(problemOf('CHANGE_INVALID', findings), id);
  return events.length === 0 ? IGNORED : { kind: 'events', events };
}
