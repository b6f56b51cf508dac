import type { Command } from 'commander';
import type { SampleOptions } from './commands/schema-sample.ts';
import { positiveNumber, wholeNumber } from './number-options.ts';
import type { CommandContext } from './program.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

/** `figtree schema sample TYPE`. */
export function addSchemaSample(schema: Command, context: CommandContext, run: Run): void {
  schema
    .command('sample')
    .description('valid data of an event, made up with its edge cases: one JSON document a line')
    .argument('<type>', 'an event of the catalog')
    .option('--version <number>', 'of this version, current or past (default: the current one)', positiveNumber)
    .option('--count <number>', 'so many, edge cases first (default: all edge cases and a few more)', positiveNumber)
    .option('--seed <number>', 'the same seed gives the same samples', wholeNumber, 1)
    .option('--events', 'whole CloudEvents, which figtree import takes')
    .option('--from-log [path]', 'pick them from a log, those that differ most, without what is personal')
    .option('--json', 'as the document that lies beside a frozen version: { samples }')
    .addHelpText(
      'after',
      `
Examples:
  figtree schema sample yubl-posted --count 3
  figtree schema sample user-joined --events --seed 7 | figtree import -
  figtree schema sample yubl-posted --from-log --count 5 --json`,
    )
    .action((type: string, options: Omit<SampleOptions, 'type'>) =>
      run(async () => (await import('./commands/schema-sample.ts')).schemaSample({ type, ...options }, context)),
    );
}
