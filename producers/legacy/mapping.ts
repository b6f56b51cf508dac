import type { EventType } from '../../events/catalog.ts';
import type { Problem } from '../../events/errors.ts';

/** The meaning of a change: its events before their own parsers have checked them (none if the catalog has no such
 *  event), or why it must wait for an operator. */
export type Mapping = readonly Draft[] | Problem;

export interface Draft {
  readonly type: EventType;
  readonly data: Readonly<Record<string, unknown>>;
  /** The path in the change of each field of `data`. */
  readonly paths: Readonly<Record<string, string>>;
  /** Distinguishes several events of one change; empty if there is only one. */
  readonly idSuffix: string;
}

export function isProblem(mapping: Mapping): mapping is Problem {
  return 'code' in mapping;
}
