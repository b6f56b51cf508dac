import type { ProjectionBuild } from '../../adapters/embedded/build/file.ts';
import type { ProjectionAudit } from '../../adapters/embedded/projection/audit.ts';
import type { ProjectionFile } from '../../adapters/embedded/projection/file.ts';
import type { KeyTable } from '../../adapters/embedded/projection/keys.ts';
import type { Consumer } from '../../consumers/runtime/consumer.ts';
import type { Tracer } from '../../consumers/runtime/tracer.ts';
import type { EventLogReader } from '../../ports/event-log.ts';
import type { Explanation, Past } from '../../replay/causes.ts';
import type { Logger } from '../logger.ts';

/** A projection in a SQLite file: how it is written, read, rebuilt and audited. `Reader` is its reading interface, whose methods
 *  return promises. */
export interface EmbeddedProjection<Reader extends object = object> {
  /** Opens its file for writing; creates it if it does not exist. */
  open(path: string, tracer: Tracer, settings: ProjectionSettings): OpenProjection;
  /** Holds the projection in memory until it is written as a whole. Without it, a rebuild applies events to a file one by one. */
  build?(settings: ProjectionSettings): BuiltProjection;
  /** Opens its file for reading beside the writer. Throws if it belongs to another projection. */
  openReader(place: ReaderPlace): ClosableReader<Reader>;
  /** The same for a server; the default is `openReader`. */
  openLiveReader?(place: ReaderPlace, logger: Logger): LiveReader<Reader>;
  /** Checks its file before it goes live: counts rows, notes broken invariants, digests the answers. */
  readonly audit: ProjectionAudit;
  /** The keys that it can be queried with. */
  readonly keys: readonly KeyTable[];
  /** SQL that removes what deleted rows leave behind, before the file is written anew. */
  readonly tidying?: string;
  /** Only commands need it; threads do not load it. */
  explainer(): Promise<Explainer<Reader>>;
}

export interface Explainer<Reader extends object = object> {
  /** Returns the events that caused an answer, or its absence. */
  explain(build: ExplainedBuild<Reader>, question: ExplainQuestion): Promise<Explained>;
}

export interface ProjectionSettings {
  readonly feedLength: number;
  readonly celebrityFollowers: number;
  /** Variables of the environment that features may read. Default: none. */
  readonly further?: Readonly<Record<string, string | undefined>>;
}

/** A projection opened for writing: its file and the consumers that write it. */
export interface OpenProjection {
  readonly file: ProjectionFile;
  readonly consumers: readonly Consumer[];
  /** The number of feed entries that its fan-out has created. */
  feedEntries?(): number;
}

/** A projection that is built in memory, by the same consumers, and written as a whole. */
export interface BuiltProjection {
  readonly build: ProjectionBuild;
  readonly consumers: readonly Consumer[];
}

export interface ReaderPlace {
  readonly path: string;
  readonly feedLength: number;
  /** The position of the live version, for readers that cache answers until it changes. */
  readonly position?: () => number;
}

export type ClosableReader<Reader extends object> = Reader & { close(): Promise<void> | void };

export interface LiveReader<Reader extends object> {
  readonly reader: Reader;
  /** Whether it has been queried, for readers that start with the first query. */
  isUsed?(): boolean;
  warmUp?(): Promise<void>;
  close(): Promise<void> | void;
}

export interface ExplainedBuild<Reader extends object> {
  /** The path of its file. */
  readonly path: string;
  readonly reader: Reader;
  /** In current versions. */
  readonly log: EventLogReader;
  /** The log up to the position of the file. */
  readonly past: Past;
  position(): number;
  readonly feedLength: number;
}

export interface ExplainQuestion {
  readonly words: readonly string[];
  readonly limit: number;
}

export interface Explained {
  readonly explanations: readonly Explanation[];
  /** A text for the case that there is nothing to explain. */
  readonly note?: string;
}
