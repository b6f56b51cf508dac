import type { Config } from '../config.ts';
import type { Engine, ReadOnlyEngine } from '../../engine/engine.ts';
import type { Logger } from '../logger.ts';

export interface WritableData {
  readonly config: Config;
  readonly engine: Engine;
  readonly logger: Logger;
}

/** What the environment says. Throws CONFIG_INVALID. */
export async function readConfig(): Promise<Config> {
  const { parseConfig } = await import('../config.ts');
  return parseConfig(process.env);
}

/** What the data is opened for. A server's log goes to stdout; whatever answers there logs to stderr, and no more than
 *  warnings unless it is asked for more. */
export type Role = 'server' | 'quiet server' | 'command';

/** Takes the data folder: DATA_IN_USE if another process has it. Nothing is opened that could not be served. */
export async function openDataForWriting(role: Role): Promise<WritableData> {
  const [config, { requireSafeListener }, { openLogger }, { openEmbeddedEngine }] = await Promise.all([
    readConfig(),
    import('../config.ts'),
    import('../logger.ts'),
    import('../embedded/open-engine.ts'),
  ]);
  if (role !== 'command') requireSafeListener(config);
  const quiet = role !== 'server';
  const level = quiet && !process.env['LOG_LEVEL'] ? 'warn' : config.logLevel;
  const threadLogs = { level, destination: quiet ? 2 : 1 } as const;
  const logger = openLogger(threadLogs);
  const { data: folder, feedLength, celebrityFollowers, legacyDatabase, personKeys } = config;
  const settings = { folder, feedLength, celebrityFollowers, legacyDatabase, personKeys };
  const engine = await openEmbeddedEngine({ ...settings, logger, threadLogs });
  return { config, engine, logger };
}

/** Reads beside whoever writes. DATA_MISSING if nobody has written anything yet. */
export async function openDataForReading(): Promise<{ config: Config; engine: ReadOnlyEngine }> {
  const [config, { openReadOnlyEngine }] = await Promise.all([
    readConfig(),
    import('../embedded/open-read-only-engine.ts'),
  ]);
  return { config, engine: await openReadOnlyEngine({ folder: config.data, feedLength: config.feedLength }) };
}
