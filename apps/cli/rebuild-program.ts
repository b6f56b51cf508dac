import { type Command, InvalidArgumentError, Option } from 'commander';
import type { RebuildCommand } from './commands/rebuild.ts';
import { positiveNumber } from './number-options.ts';
import type { CommandContext } from './program.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

const EXAMPLE = `
Killed or stopped at any point, the same command goes on.

Example:
  figtree rebuild all --dry-run
  figtree rebuild feed
  figtree rebuild feed --rollback
  figtree rebuild feed --until 2026-11-24T18:00:00Z --no-swap`;

/** The rebuilding of projections from the log, beside the running server. */
export function addRebuild(program: Command, context: CommandContext, run: Run): void {
  program
    .command('rebuild')
    .description('build a projection anew from the log beside the live one, then swap; or go on with that')
    .argument('[projection]', 'feed, relationships, search or all')
    .option('--dry-run', 'what it would read, how long it would take and how large it would be; writes nothing')
    .option('--until <position|time>', 'build it as it was then (needs --no-swap)')
    .option('--no-swap', 'leave the new file beside the live one')
    .option('--rate <events>', 'so many events a second at most', positiveNumber)
    .addOption(
      new Option('--on-error <what>', 'when a consumer cannot handle an event')
        .choices(['stop', 'park'])
        .default('stop'),
    )
    .option('--promote-at <percent>', 'swap only if so many answers equal those of --against', percent)
    .option('--against <file|url>', "the other system's answers: its export, or its API")
    .option('--from-archive <folder>', 'read this archive of the log before the log')
    .option('--rollback', 'make the version before the live one')
    .option('--restart', 'forget what an interrupted rebuild has left, and begin anew')
    .option('--list', 'rebuilds that run, were interrupted or are done')
    .option('--json', 'NDJSON: a line now and then with how far it is, the last one a summary')
    .addHelpText('after', EXAMPLE)
    .action((projection: string | undefined, options: Omit<RebuildCommand, 'projection'>) =>
      run(async () => (await import('./commands/rebuild.ts')).rebuildCommand({ projection, ...options }, context)),
    );
}

function percent(text: string): number {
  const value = Number(text);
  if (!/^[0-9]+(\.[0-9]+)?$/.test(text) || value > 100) throw new InvalidArgumentError('Not a percentage.');
  return value;
}
