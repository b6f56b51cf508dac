import type { EventType } from '../../events/catalog.ts';
import type { Problem } from '../../events/errors.ts';

/** What a change means: its events before their parsers have seen them (none: it says nothing that the catalog knows),
 *  or why it has to wait for somebody to look at it. */
export type Mapping = readonly Draft[] | Problem;

export interface Draft {
  readonly type: EventType;
  readonly data: Readonly<Record<string, unknown>>;
  /** Where each field of `data` stood in the change. */
  readonly paths: Readonly<Record<string, string>>;
  /** Tells apart the events of one change; empty if it is the only one. */
  readonly idSuffix: string;
}

export function isProblem(mapping: Mapping): mapping is Problem {
  return 'code' in mapping;
}
