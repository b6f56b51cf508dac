import type { LogLevel } from '../../config.ts';
import { exitCodes } from '../failure.ts';
import { interrupted } from '../interruption.ts';
import { openDataForWriting } from '../open-data.ts';
import type { CommandContext } from '../command-context.ts';

// Levels at which the log line that tells the address is written.
const TELLING: ReadonlySet<LogLevel> = new Set(['debug', 'info']);

/** Serves until it is told to end; then finishes what has begun. */
export async function serve({ terminal, interruption, json }: CommandContext): Promise<number> {
  const { config, engine, logger } = await openDataForWriting('server');
  try {
    const { openServer } = await import('../../server/server.ts');
    const server = await openServer({ config, engine, log: logger });
    try {
      logger.info({ url: server.url, folder: config.data }, 'listening');
      // Which port was free is known here alone, so it is told however little is logged.
      if (config.port === 0 && !terminal.interactive && !TELLING.has(config.logLevel)) terminal.note(server.url);
      if (terminal.interactive && !json) {
        const { bold, cyan, dim } = terminal.noteColors;
        terminal.note(
          `${bold('Figtree')} serves ${cyan(config.data)} on ${cyan(server.url)}  ${dim('press Ctrl-C to stop')}`,
        );
      }
      await interrupted(interruption);
    } finally {
      await server.close();
      logger.info({}, 'stopped');
    }
    return exitCodes.ok;
  } finally {
    await engine.close();
  }
}
