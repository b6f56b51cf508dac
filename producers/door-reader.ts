import type { Correlation } from '../events/correlation.ts';
import type { Problem } from '../events/errors.ts';
import type { Sequence } from '../events/sequence.ts';
import type { LegacyRelationship } from '../ports/legacy-memory.ts';
import type { NamedIds } from '../ports/quarantine.ts';
import { withoutByteOrderMarks } from './byte-order-mark.ts';
import { limitProblem } from './item-limits.ts';
import { type Reading, refused } from './reading.ts';

/** Understands what comes in by one door. Never rejects because of what was sent. */
export interface DoorReader {
  /** One reading per item, in the same order. `correlation` is for events that carry none of their own. Calls with the same
   *  `delivery` go on with what one sender sent in one go; without one, a call is a delivery of its own. */
  read(items: readonly IncomingItem[], correlation: Correlation, delivery?: object): Promise<DoorReadings>;
}

export interface DoorReadings {
  readonly readings: readonly Reading[];
  /** To be kept together with the events. */
  readonly remembered: readonly LegacyRelationship[];
}

/** One item as it was sent: its text, or its text and what JSON.parse made of it. */
export interface IncomingItem {
  readonly text: string;
  /** Of what was sent, if `text` is not exactly that. */
  readonly fingerprint?: string | undefined;
  /** The ids in what was sent, if `text` is not all of it. */
  readonly named?: NamedIds | undefined;
  readonly value?: unknown;
  /** Of an item that came before, was refused and is released: what counts instead of the present call's. */
  readonly arrival?: Arrival;
  /** Found before it got here, for instance LINE_TOO_LONG. */
  readonly problem?: Problem;
}

export interface Arrival {
  readonly correlation?: Correlation;
  /** For what does not state its own. */
  readonly sequence?: Sequence;
  readonly time: string;
}

// Parsing and reading take turns: of a batch that is parsed first and read afterwards, all documents live at the same
// time, and moving them about in memory costs more than reading them.
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

/** What cannot be read at all, for instance because it is nested a hundred thousand levels deep, is refused like anything
 *  else: no document may stop those beside it. */
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
