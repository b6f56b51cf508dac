import { type Command, Option } from 'commander';
import type { RebuildCommand } from './commands/rebuild.ts';
import { addGateOptions } from './gate-options.ts';
import { positiveNumber } from './number-options.ts';
import { projectionNames, projections } from '../projections/registry.ts';
import type { CommandContext } from './command-context.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

// Summaries of features may be longer than a line has room.
const PROJECTIONS = projections.map(({ name, summary }) => {
  const lines = summary.match(/\S.{0,59}(?=\s|$)/g) ?? [];
  return `  ${name.padEnd(15)} ${lines.join(`\n${' '.repeat(18)}`)}`;
});

const NOTES = `
Projections:
${PROJECTIONS.join('\n')}

If it is stopped or killed at any point, run the same command to continue.

Example:
  figtree rebuild all --dry-run
  figtree rebuild feed
  figtree rebuild feed --rollback
  figtree rebuild feed --until 2026-11-24T18:00:00Z --no-swap`;

/** The commands that rebuild projections from the log, beside the running server. */
export function addRebuild(program: Command, context: CommandContext, run: Run): void {
  const rebuild = program
    .command('rebuild')
    .description('rebuild a projection from the log beside the live one, then swap, or continue a rebuild')
    .argument('[projection]', `${projectionNames.join(', ')} or all`)
    .option('--dry-run', 'only show what the rebuild would read, its duration and its size')
    .option('--until <position|time>', 'build the projection as of this point (requires --no-swap)')
    .option('--no-swap', 'keep the new file beside the live one')
    .option('--rate <events>', 'maximum number of events per second', positiveNumber)
    .addOption(
      new Option('--on-error <what>', 'what to do if a consumer cannot handle an event')
        .choices(['stop', 'park'])
        .default('stop'),
    );
  addGateOptions(rebuild)
    .option('--from-archive <folder>', 'read this archive before the log')
    .option('--rollback', 'make the previous version live again')
    .option('--restart', 'discard an interrupted rebuild and start over')
    .option('--list', 'list running, interrupted, failed and finished rebuilds')
    .option('--json', 'print NDJSON: progress lines, then a summary')
    .addHelpText('after', NOTES)
    .action((projection: string | undefined, options: Omit<RebuildCommand, 'projection'>) =>
      run(async () => (await import('./commands/rebuild.ts')).rebuildCommand({ projection, ...options }, context)),
    );
}
