import type { Problem } from '../events/errors.ts';
import type { NamedIds } from '../ports/quarantine.ts';
import type { Correlation } from '../events/correlation.ts';
import type { Sequence } from '../events/sequence.ts';

export interface Arrival {
  readonly correlation?: Correlation;
  /** For events that do not state their own. */
  readonly sequence?: Sequence;
  readonly time: string;
}

/** One item as received: its text, or its text and the parsed JSON. */
export interface IncomingItem {
  readonly text: string;
  /** Digest of the received bytes, if `text` is not exactly those. */
  readonly fingerprint?: string | undefined;
  /** The ids in the received item, if `text` is not all of it. */
  readonly named?: NamedIds | undefined;
  readonly value?: unknown;
  /** For an item that was refused earlier and is released: used instead of the present call's. */
  readonly arrival?: Arrival;
  /** Found earlier, for instance LINE_TOO_LONG. */
  readonly problem?: Problem;
}
