import type { Command } from 'commander';
import type { SampleOptions } from './commands/schema-sample.ts';
import { positiveNumber, wholeNumber } from './number-options.ts';
import type { CommandContext } from './command-context.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

/** `figtree schema sample TYPE`. */
export function addSchemaSample(schema: Command, context: CommandContext, run: Run): void {
  schema
    .command('sample')
    .description('generate valid data of an event, including edge cases, one JSON document per line')
    .argument('<type>', 'type of the event')
    .option(
      '--version <number>',
      'generate data of this version, current or past (default: the current one)',
      positiveNumber,
    )
    .option(
      '--count <number>',
      'number of samples, edge cases first (default: all edge cases and a few more)',
      positiveNumber,
    )
    .option('--seed <number>', 'seed; the same seed yields the same samples', wholeNumber, 1)
    .option('--events', 'print whole CloudEvents, which figtree import accepts')
    .option('--from-log [path]', 'pick the most diverse samples from a log, with personal data removed')
    .option('--json', 'print the document that is stored beside a frozen version: { samples }')
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
