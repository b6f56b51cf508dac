import type { Correlation } from '../events/correlation.ts';
import type { Problem } from '../events/errors.ts';
import type { Door } from '../ports/quarantine.ts';

/** The way in. */
export interface Ingest {
  /** Resolves once what was accepted is durable and what was refused is kept in the quarantine. */
  take(items: readonly IncomingItem[], from: Origin): Promise<IngestReport>;
}

/** One item as it was sent: its text, or its text and what JSON.parse made of it. */
export interface IncomingItem {
  readonly text: string;
  readonly value?: unknown;
  /** Found before it got here, for instance LINE_TOO_LONG. */
  readonly problem?: Problem;
}

export interface Origin {
  readonly door: Door;
  /** The file's name or the route. */
  readonly origin: string;
  /** Given to events that carry none of their own. */
  readonly correlation?: Correlation;
}

export interface IngestReport {
  readonly accepted: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** Changes that say nothing which the catalog knows, for instance a new value of a field that no event carries. */
  readonly ignored: number;
  /** Position of the newest of the taken events and duplicates; the log's head if there are none. */
  readonly position: number;
  readonly problems: readonly ItemProblem[];
}

export interface ItemProblem extends Problem {
  /** Place in what was sent, from 0. */
  readonly index: number;
  /** The event's or the change's id, as far as it could be read. */
  readonly id?: string;
}
