import type { ProjectionName } from '../../../ports/progress.ts';
import { exitCodes } from '../failure.ts';
import { folderHolder } from '../engines/rebuilds.ts';
import type { CommandContext } from '../command-context.ts';

/** Makes the previously live version live again. */
export async function rollback(
  projections: readonly ProjectionName[],
  { terminal, json }: CommandContext,
): Promise<number> {
  const swapped = await folderHolder.rollback({ projections });
  if (json) await terminal.print(JSON.stringify({ stage: 'rolled back', projections: swapped }));
  else {
    const names = projections.join(', ');
    await terminal.print(
      `${terminal.colors.green('Rolled back')} ${names}. The version that was live until now is kept: run the same command to return to it.`,
    );
  }
  return exitCodes.ok;
}
