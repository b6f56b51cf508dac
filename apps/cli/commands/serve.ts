import { exitCodes } from '../failure.ts';
import { interrupted } from '../interruption.ts';
import { openDataForWriting } from '../open-data.ts';
import type { CommandContext } from '../program.ts';

/** Serves until it is told to end; then finishes what has begun. */
export async function serve({ terminal, interruption, json }: CommandContext): Promise<number> {
  const { config, engine, logger } = await openDataForWriting('server');
  try {
    const { openServer } = await import('../../server/server.ts');
    const server = await openServer({ config, engine, log: logger });
    try {
      logger.info({ url: server.url, folder: config.data }, 'listening');
      if (terminal.interactive && !json) {
        const { bold, cyan, dim } = terminal.noteColors;
        terminal.note(`${bold('Figtree')} serves ${cyan(config.data)} on ${cyan(server.url)}  ${dim('Ctrl-C ends')}`);
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
