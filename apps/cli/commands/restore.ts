import { restoreFrom, type Restored } from '../engines/archives.ts';
import { exitCodes } from '../failure.ts';
import { readConfig } from '../read-config.ts';
import { ofTotal, openProgressBars } from '../progress-bars.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, formatSeconds, plural } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export async function restoreCommand(path: string, context: CommandContext): Promise<number> {
  const { terminal, interruption, json } = context;
  const { signal } = interruption;
  const { data } = await readConfig();
  const bars = await openProgressBars(terminal);
  const bar = bars.add('restore');
  const start = performance.now();
  try {
    const { outcome, hasKeys } = await restoreFrom(path, {
      signal,
      onProgress: (position, last) => bar.update(position, last, ofTotal(position, last)),
    });
    bars.stop();
    const seconds = Math.round(performance.now() - start) / 1000;
    const summary = { ...outcome, seconds, eventsPerSecond: Math.round(outcome.events / seconds) };
    await terminal.print(json ? JSON.stringify(summary) : outcomeText(data, { ...summary, hasKeys }, terminal));
    return interruption.exitCode() ?? exitCodes.ok;
  } catch (error) {
    if (!signal.aborted) throw error;
    terminal.note('Stopped. Nothing was restored; run the same command to start over.');
    return interruption.exitCode() ?? exitCodes.failed;
  } finally {
    bars.stop();
  }
}

type Summary = Restored['outcome'] &
  Pick<Restored, 'hasKeys'> & { readonly seconds: number; readonly eventsPerSecond: number };

const KEYS_ARE_APART =
  'If there was a keys.db, copy it here before anything else: it opens what is sealed and records who was erased.';

function outcomeText(data: string, summary: Summary, { colors }: Terminal): string {
  const { events, quarantined, relationships, tablesPosition, seconds, eventsPerSecond, hasKeys } = summary;
  const rate = `${formatSeconds(seconds)}, ${formatCount(eventsPerSecond)} events/s`;
  const lines = [
    `${colors.green('Restored')} ${plural(events, 'event')} into ${colors.bold(data)} in ${rate}`,
    `  ${plural(quarantined, 'refused item')}, ${plural(relationships, 'legacy relationship')}`,
  ];
  if (tablesPosition > events) {
    lines.push(colors.yellow(`  The last archive run was interrupted: its log continued to ${tablesPosition}.`));
  }
  if (!hasKeys) lines.push(colors.yellow(`  ${KEYS_ARE_APART}`));
  lines.push('', 'The projections are rebuilt with the next command that writes to the folder.');
  return lines.join('\n');
}
