import type { Config } from '../../config.ts';
import type { Engine, ReadOnlyEngine } from '../../../engine/engine.ts';
import type { ServedSite } from '../../catalog-site/served-site.ts';
import type { Logger } from '../../logger.ts';
import { readConfig } from '../read-config.ts';

export interface WritableData {
  readonly config: Config;
  readonly engine: Engine;
  readonly logger: Logger;
  /** Generates the pages of the catalog for a server. */
  drawSite(): Promise<ServedSite>;
}

/** The purpose of opening the data. A server logs to stdout; a command logs to stderr, and only warnings unless
 *  configured otherwise. */
export type Role = 'server' | 'quiet server' | 'command';

/** Locks the data folder; throws DATA_IN_USE if another process holds it. For a server, first checks that its
 *  configuration is safe. */
export async function openDataForWriting(role: Role): Promise<WritableData> {
  const [config, { requireSafeListener }, { openLogger }, { openEmbeddedEngine }] = await Promise.all([
    readConfig(),
    import('../../config.ts'),
    import('../../logger.ts'),
    import('../../embedded/open-engine.ts'),
  ]);
  if (role !== 'command') requireSafeListener(config);
  const quiet = role !== 'server';
  const level = quiet && !process.env['LOG_LEVEL'] ? 'warn' : config.logLevel;
  const threadLogs = { level, destination: quiet ? 2 : 1 } as const;
  const logger = openLogger(threadLogs);
  const { data: folder, feedLength, celebrityFollowers, legacyDatabase, personKeys } = config;
  const settings = { folder, feedLength, celebrityFollowers, legacyDatabase, personKeys };
  // What commands take in is the past, of which nobody outside is told.
  const further = role === 'server' ? config.further : {};
  const engine = await openEmbeddedEngine({ ...settings, further, logger, threadLogs });
  const drawSite = async () => (await import('../../embedded/catalog/drawn-site.ts')).drawSite();
  return { config, engine, logger, drawSite };
}

/** Opens the data beside a writer. Throws DATA_MISSING if there is none yet. */
export async function openDataForReading(): Promise<{ config: Config; engine: ReadOnlyEngine }> {
  const [config, { openReadOnlyEngine }] = await Promise.all([
    readConfig(),
    import('../../embedded/open-read-only-engine.ts'),
  ]);
  return { config, engine: await openReadOnlyEngine({ folder: config.data, feedLength: config.feedLength }) };
}
