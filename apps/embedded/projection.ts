import type { ProjectionBuild } from '../../adapters/embedded/build/file.ts';
import type { ProjectionAudit } from '../../adapters/embedded/projection/audit.ts';
import type { ProjectionFile } from '../../adapters/embedded/projection/file.ts';
import type { KeyTable } from '../../adapters/embedded/projection/keys.ts';
import type { Consumer } from '../../consumers/runtime/consumer.ts';
import type { Tracer } from '../../consumers/runtime/tracer.ts';
import type { Explanation, Past } from '../../replay/causes.ts';
import type { Logger } from '../logger.ts';

/** How a projection lies in a SQLite file, who writes it, and how it is read, rebuilt and audited. `Reader` is
 *  what answers from it: methods that return promises. */
export interface EmbeddedProjection<Reader extends object = object> {
  /** Opens its file to be written; makes it if it is not there. */
  open(path: string, tracer: Tracer, settings: ProjectionSettings): OpenProjection;
  /** Holds it in memory until it is written as a whole. Without it a rebuild applies event by event to a file. */
  build?(settings: ProjectionSettings): BuiltProjection;
  /** Opens its file for reading beside the writer. Throws if it is a file of another projection. */
  openReader(place: ReaderPlace): ClosableReader<Reader>;
  /** The same for a server; the default is `openReader`. */
  openLiveReader?(place: ReaderPlace, logger: Logger): LiveReader<Reader>;
  /** Looks through its file before it goes live: counts what is there, notes what cannot be, digests what it answers. */
  readonly audit: ProjectionAudit;
  /** What it can be asked for. */
  readonly keys: readonly KeyTable[];
  /** SQL that removes what deleted rows leave behind, before the file is written anew. */
  readonly tidying?: string;
  /** Only commands need it; threads do not load it. */
  explainer(): Promise<Explainer<Reader>>;
}

export interface Explainer<Reader extends object = object> {
  /** Which events made an answer, or kept it away. */
  explain(build: ExplainedBuild<Reader>, question: ExplainQuestion): Promise<Explained>;
}

export interface ProjectionSettings {
  readonly feedLength: number;
  readonly celebrityFollowers: number;
}

/** A projection that is ready to be written: its file, and the consumers that write it. */
export interface OpenProjection {
  readonly file: ProjectionFile;
  readonly consumers: readonly Consumer[];
  /** Feed entries that its fan-out has made. */
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
  /** Where the live version stands, for readers that keep answers until it moves. */
  readonly position?: () => number;
}

export type ClosableReader<Reader extends object> = Reader & { close(): Promise<void> | void };

export interface LiveReader<Reader extends object> {
  readonly reader: Reader;
  /** Whether somebody has asked it, for readers that start at the first question. */
  isUsed?(): boolean;
  warmUp?(): Promise<void>;
  close(): Promise<void> | void;
}

export interface ExplainedBuild<Reader extends object> {
  readonly reader: Reader;
  readonly past: Past;
  readonly feedLength: number;
}

export interface ExplainQuestion {
  readonly words: readonly string[];
  readonly limit: number;
}

export interface Explained {
  readonly explanations: readonly Explanation[];
  /** What is said where there is nothing to explain. */
  readonly note?: string;
}
