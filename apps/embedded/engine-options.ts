import type { LogLevel } from '../config.ts';
import type { Logger } from '../logger.ts';
import type { ProjectionSettings } from './projection.ts';

export interface EngineOptions extends ProjectionSettings {
  /** The data folder; created if it does not exist. */
  readonly folder: string;
  readonly logger: Logger;
  /** Whether names and texts are sealed in the log under a key per person. */
  readonly personKeys?: boolean;
  /** The monolith's database. Default: changes of every database are accepted. */
  readonly legacyDatabase?: string | undefined;
  /** The destination of the log lines of the projections' threads. */
  readonly threadLogs: { readonly level: LogLevel; readonly destination: 1 | 2 };
}
