import type { Correlation } from '../events/correlation.ts';
import type { Problem } from '../events/errors.ts';
import type { Sequence } from '../events/sequence.ts';

/** Where everything goes that came in and could not be taken: kept until somebody releases it. */
export interface Quarantine extends QuarantineReader {
  /** Resolves once durable. Notes whom the whole text names before it is cut, so that an erasure finds it. The same text at
   *  the same door is kept once; its problem is then the newest, the rest is that of the first time, and if it was released
   *  before, it is back. */
  add(refusals: readonly Refusal[]): Promise<void>;

  /** Marks it as released: it is counted and listed no longer. Resolves once durable. */
  release(id: number): Promise<void>;
}

/** The reading half, which other processes have beside the one writer. */
export interface QuarantineReader {
  /** Newest last, `after` an entry's id (0 from the start). Released ones are left out. */
  list(query: { readonly after: number; readonly limit: number }): Promise<QuarantineEntry[]>;

  /** Absent if it was never there or is released. */
  get(id: number): Promise<QuarantineEntry | undefined>;

  /** Entries that are not released. */
  count(): Promise<number>;
}

export type Door = 'legacy' | 'events';

export interface Refusal {
  readonly door: Door;
  /** The file's name or the route it came by. */
  readonly origin: string;
  readonly problem: Problem;
  /** What was sent, as text. The keeper cuts it at RAW_CHARACTERS_MAX; what was cut cannot be released. */
  readonly raw: string;
  /** Its sender did nothing wrong, and it waits to be released: it is cut at WAITING_CHARACTERS_MAX only. */
  readonly waiting?: boolean;
  /** Of what was sent, if `raw` is not exactly that: then it cannot be released. */
  readonly fingerprint?: string;
  /** Ids that were named in what was sent, if `raw` is not all of it. */
  readonly named?: NamedIds;
  /** Of the request that brought it, if it named a flow. */
  readonly correlation?: Correlation;
  /** What its event has if it does not state its own: when it came, and not when it is released. */
  readonly sequence?: Sequence;
}

/** In lower case; 'too many' if they cannot be noted, so that the text is not kept. */
export type NamedIds = readonly string[] | 'too many';

/** Of a text that is refused. */
export const RAW_CHARACTERS_MAX = 65_536;
/** Of one that waits to be released: a yubl of the longest text has room in it, with every character escaped. */
export const WAITING_CHARACTERS_MAX = 524_288;

/** What a quarantine keeps of a refusal's text. */
export function keptTextOf({ raw, fingerprint, waiting = false }: Refusal): { text: string; truncated: boolean } {
  const max = waiting ? WAITING_CHARACTERS_MAX : RAW_CHARACTERS_MAX;
  const cut = raw.length > max;
  // A surrogate pair that the cut goes through would be stored as something else.
  return { text: cut ? raw.slice(0, max).toWellFormed() : raw, truncated: cut || fingerprint !== undefined };
}

export interface QuarantineEntry extends Omit<Refusal, 'fingerprint' | 'named' | 'waiting'> {
  readonly id: number;
  /** When it was refused first: ISO 8601, UTC. */
  readonly at: string;
  /** `raw` is not exactly what was sent. */
  readonly truncated: boolean;
}
