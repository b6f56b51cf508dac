import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { openArchiveFolder } from '../../../adapters/embedded/archive/folder.ts';
import { restoreArchive, type RestoreOutcome } from '../../../adapters/embedded/archive/restoring.ts';
import { dataFolder, lockDataFolder } from '../../../adapters/embedded/files/data-folder.ts';
import { personKeysPath } from '../../../adapters/embedded/keys/person-keys.ts';
import { projectionNames } from '../../projections/registry.ts';
import { exitCodes } from '../failure.ts';
import { readConfig } from '../open-data.ts';
import { ofTotal, openProgressBars } from '../progress-bars.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, formatSeconds, plural } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export async function restoreCommand(path: string, context: CommandContext): Promise<number> {
  const { terminal, interruption, json } = context;
  const { signal } = interruption;
  const { data } = await readConfig();
  const folder = lockDataFolder(data);
  const bars = await openProgressBars(terminal);
  const bar = bars.add('restore');
  const start = performance.now();
  try {
    const outcome = await restoreArchive({
      folder,
      archive: openArchiveFolder(resolve(path)),
      projections: projectionNames,
      signal,
      onProgress: (position, last) => bar.update(position, last, ofTotal(position, last)),
    });
    bars.stop();
    const seconds = Math.round(performance.now() - start) / 1000;
    const summary = { ...outcome, seconds, eventsPerSecond: Math.round(outcome.events / seconds) };
    await terminal.print(json ? JSON.stringify(summary) : outcomeText(data, summary, terminal));
    return interruption.exitCode() ?? exitCodes.ok;
  } catch (error) {
    if (!signal.aborted) throw error;
    terminal.note('Stopped. Nothing was restored; run the same command to start over.');
    return interruption.exitCode() ?? exitCodes.failed;
  } finally {
    bars.stop();
    folder.unlock();
  }
}

type Summary = RestoreOutcome & { readonly seconds: number; readonly eventsPerSecond: number };

const KEYS_ARE_APART =
  'If there was a keys.db, copy it here before anything else: it opens what is sealed and records who was erased.';

function outcomeText(data: string, summary: Summary, { colors }: Terminal): string {
  const { events, quarantined, relationships, tablesPosition, seconds, eventsPerSecond } = summary;
  const rate = `${formatSeconds(seconds)}, ${formatCount(eventsPerSecond)} events/s`;
  const lines = [
    `${colors.green('Restored')} ${plural(events, 'event')} into ${colors.bold(data)} in ${rate}`,
    `  ${plural(quarantined, 'refused item')}, ${plural(relationships, 'legacy relationship')}`,
  ];
  if (tablesPosition > events) {
    lines.push(colors.yellow(`  The last archive run was interrupted: its log continued to ${tablesPosition}.`));
  }
  if (!existsSync(personKeysPath(dataFolder(data).log))) lines.push(colors.yellow(`  ${KEYS_ARE_APART}`));
  lines.push('', 'The projections are rebuilt with the next command that writes to the folder.');
  return lines.join('\n');
}
