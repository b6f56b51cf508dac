import type { Correlation } from '../events/correlation.ts';
import type { Problem } from '../events/errors.ts';
import type { Sequence } from '../events/sequence.ts';

/** Keeps all refused input until an operator releases it. */
export interface Quarantine extends QuarantineReader {
  /** Resolves once durable. Records the ids that occur in the whole text before it is cut, so that an erasure finds it.
   *  The same text from the same door is kept once: with the newest problem, and otherwise as of the first time; if it
   *  was released before, it is back. */
  add(refusals: readonly Refusal[]): Promise<void>;

  /** Marks an entry as released, so that it is no longer counted and listed. Resolves once durable. */
  release(id: number): Promise<void>;
}

/** The reading half, for other processes beside the one writer. */
export interface QuarantineReader {
  /** Newest last, `after` an entry's id (0 from the start). Released ones are left out. */
  list(query: { readonly after: number; readonly limit: number }): Promise<QuarantineEntry[]>;

  /** Absent if it does not exist or was released. */
  get(id: number): Promise<QuarantineEntry | undefined>;

  /** Entries that are not released. */
  count(): Promise<number>;
}

export type Door = 'legacy' | 'events';

export interface Refusal {
  readonly door: Door;
  /** The file's name, or the route that received it. */
  readonly origin: string;
  readonly problem: Problem;
  /** The text that was sent. A quarantine cuts it at RAW_CHARACTERS_MAX; a cut text cannot be released. */
  readonly raw: string;
  /** The input is not at fault and waits to be released: it is only cut at WAITING_CHARACTERS_MAX. */
  readonly waiting?: boolean;
  /** Fingerprint of the input, if `raw` is not exactly that: then it cannot be released. */
  readonly fingerprint?: string;
  /** Ids that occur in the input, if `raw` is not all of it. */
  readonly named?: NamedIds;
  /** The correlation of the request that sent it, if any. */
  readonly correlation?: Correlation;
  /** The sequence of its event if that has none of its own: by when it came, not when it is released. */
  readonly sequence?: Sequence;
}

/** In lower case; 'too many' if they cannot be recorded, so that the text is not kept. */
export type NamedIds = readonly string[] | 'too many';

/** For refused texts. */
export const RAW_CHARACTERS_MAX = 65_536;
/** For texts that wait to be released: enough for a yubl of the longest text with every character escaped. */
export const WAITING_CHARACTERS_MAX = 524_288;

export interface QuarantineEntry extends Omit<Refusal, 'fingerprint' | 'named' | 'waiting'> {
  readonly id: number;
  /** When it was first refused: ISO 8601, UTC. */
  readonly at: string;
  /** `raw` is not exactly what was sent. */
  readonly truncated: boolean;
}
