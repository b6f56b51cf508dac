import type * as z from 'zod';
import type { EventDefinition } from '../../events/define-event.ts';
import type { EventLineage } from './lineage.ts';

// What a catalog is drawn from. All of it comes from elsewhere, so that a catalog of a test's own can be drawn as well.

/** A definition without what only a publisher needs. Whatever stands in a catalog is one. */
export type DescribedEvent = Omit<EventDefinition, 'subject' | 'partitionKey' | 'examples' | 'safeParse'> & {
  readonly subject: (data: never) => string;
  readonly partitionKey: (data: never) => string;
  readonly examples: readonly object[];
};

/** JSON Schema 2020-12, as zod writes it. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** A version as it was frozen, with data that it must be able to read for ever. */
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
  /** Id of the rule that sees it, for instance `FIELD_ADDED_OPTIONAL`. */
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
  /** What comes of them for events that are stored, and for subscribers that still run the version before. */
  readonly verdict?: Verdict;
}

export interface Verdict {
  readonly replay: Outcome;
  readonly subscribers: Outcome;
}

/** unproven: nothing speaks against it that is certain, and nothing proves it. */
export type Outcome = 'safe' | 'unproven' | 'breaks';

export interface CatalogSources {
  readonly definitions: Readonly<Record<string, DescribedEvent>>;
  readonly pastVersions?: readonly PastSource[];
  readonly frozen?: readonly FrozenSource[];
  /** Absent: nobody has looked. */
  readonly lineage?: { readonly events: Readonly<Record<string, Pick<EventLineage, 'producers' | 'consumers'>>> };
  readonly differences?: readonly VersionDifferences[];
}
