import type { LogLevel } from '../../config.ts';
import { exitCodes } from '../failure.ts';
import { interrupted } from '../interruption.ts';
import { openDataForWriting } from '../engines/open-data.ts';
import type { CommandContext } from '../command-context.ts';

// Levels at which the log includes the server's address.
const LOGS_ADDRESS: ReadonlySet<LogLevel> = new Set(['debug', 'info']);

/** Serves until it is interrupted; then finishes requests in flight. */
export async function serve({ terminal, interruption, json }: CommandContext): Promise<number> {
  const { config, engine, logger, drawSite } = await openDataForWriting('server');
  try {
    const { openServer } = await import('../../server/server.ts');
    const server = await openServer({ config, engine, log: logger, drawSite });
    try {
      logger.info({ url: server.url, folder: config.data }, 'listening');
      // Only this process knows which free port was chosen, so it is printed even at a quiet log level.
      if (config.port === 0 && !terminal.interactive && !LOGS_ADDRESS.has(config.logLevel)) terminal.note(server.url);
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
