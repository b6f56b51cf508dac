import type * as z from 'zod';
import type { EventDefinition } from '../../events/define-event.ts';
import type { EventLineage } from './lineage.ts';

// The sources of a catalog's documents. All of it is passed in, so tests can use their own catalog.

/** A definition without the parts that only publishers need. Every catalog entry is one. */
export type DescribedEvent = Omit<EventDefinition, 'subject' | 'partitionKey' | 'examples' | 'safeParse'> & {
  readonly subject: (data: never) => string;
  readonly partitionKey: (data: never) => string;
  readonly examples: readonly object[];
};

/** JSON Schema 2020-12, as written by zod. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** A frozen version, with data that must stay readable forever. */
export interface FrozenSource {
  readonly frozen: {
    readonly type: string;
    readonly version: number;
    /** YYYY-MM-DD */
    readonly frozenOn: string;
    readonly sha256: string;
    readonly reader: object;
  };
  readonly samples: readonly {
    readonly name: string;
    readonly origin: 'hand' | 'generated' | 'log';
    readonly data: object;
  }[];
}

export interface PastSource {
  readonly type: string;
  readonly version: number;
  readonly data: z.ZodObject;
}

/** One difference between a version and the one before. */
export interface Difference {
  /** Id of its rule, for instance `FIELD_ADDED_OPTIONAL`. */
  readonly rule: string;
  readonly path: string;
  readonly severity: 'error' | 'warn' | 'info';
  readonly message: string;
}

export interface VersionDifferences {
  readonly type: string;
  /** The newer of the two versions. */
  readonly version: number;
  readonly differences: readonly Difference[];
  /** Their effect on stored events, and on subscribers that still run the version before. */
  readonly verdict?: Verdict;
}

export interface Verdict {
  readonly replay: Outcome;
  readonly subscribers: Outcome;
}

/** unproven: nothing certain contradicts it, and nothing proves it. */
export type Outcome = 'safe' | 'unproven' | 'breaks';

export interface CatalogSources {
  readonly definitions: Readonly<Record<string, DescribedEvent>>;
  readonly pastVersions?: readonly PastSource[];
  readonly frozen?: readonly FrozenSource[];
  /** Absent: not determined. */
  readonly lineage?: { readonly events: Readonly<Record<string, Pick<EventLineage, 'producers' | 'consumers'>>> };
  readonly differences?: readonly VersionDifferences[];
}
