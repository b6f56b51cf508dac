import type { LogLevel } from '../config.ts';
import type { Logger } from '../logger.ts';
import type { ProjectionSettings } from './projection.ts';

export interface EngineOptions extends ProjectionSettings {
  /** The data folder; made if it is not there. */
  readonly folder: string;
  readonly logger: Logger;
  /** Whether names and texts are sealed in the log under a key per person. */
  readonly personKeys?: boolean;
  /** The monolith's database. Default: changes of every database are taken. */
  readonly legacyDatabase?: string | undefined;
  /** Where the projections' threads write their log lines. */
  readonly threadLogs: { readonly level: LogLevel; readonly destination: 1 | 2 };
}
