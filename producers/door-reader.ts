import type { Correlation } from '../events/correlation.ts';
import type { LegacyRelationship } from '../ports/legacy-memory.ts';
import { withoutByteOrderMarks } from './byte-order-mark.ts';
import { limitProblem } from './item-limits.ts';
import { type Reading, refused } from './reading.ts';
import type { IncomingItem } from './incoming-item.ts';

/** Parses the input of one door. Never rejects because of the input. */
export interface DoorReader {
  /** Returns one reading per item, in the same order. `correlation` is for events without their own. Calls with the
   *  same `delivery` continue one delivery of a sender; a call without one is a delivery of its own. */
  read(items: readonly IncomingItem[], correlation: Correlation, delivery?: object): Promise<DoorReadings>;
}

export interface DoorReadings {
  readonly readings: readonly Reading[];
  /** To be stored together with the events. */
  readonly remembered: readonly LegacyRelationship[];
}

// Parsing and reading alternate: if a batch were parsed first and read afterwards, all its documents would be alive at
// once, and moving them in memory costs more than reading them.
export function readEach(items: readonly IncomingItem[], read: (value: unknown, index: number) => Reading): Reading[] {
  return items.map((item, index) => {
    if (item.problem !== undefined) return refused(item.problem);
    let value = item.value;
    if (value === undefined) {
      const problem = limitProblem(item.text);
      if (problem !== undefined) return refused(problem);
      try {
        value = JSON.parse(withoutByteOrderMarks(item.text));
      } catch (error) {
        return refused({ code: 'NOT_JSON', message: messageOf(error) });
      }
    }
    return readSafely(() => read(value, index));
  });
}

/** Unreadable input, for instance nested a hundred thousand levels deep, is refused like any other: no document may
 *  affect its neighbours. */
export function readSafely(read: () => Reading): Reading {
  try {
    return read();
  } catch (error) {
    return refused({ code: 'NOT_JSON', message: `The document cannot be read: ${messageOf(error)}` });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
