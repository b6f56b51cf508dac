import { type Command, InvalidArgumentError } from 'commander';
import type { SampleOptions } from './commands/schema-sample.ts';
import type { CommandContext } from './program.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

/** `figtree schema sample TYPE`. */
export function addSchemaSample(schema: Command, context: CommandContext, run: Run): void {
  schema
    .command('sample')
    .description('valid data of an event, made up with its edge cases: one JSON document a line')
    .argument('<type>', 'an event of the catalog')
    .option('--version <number>', 'of this version, current or past (default: the current one)', positive)
    .option('--count <number>', 'so many, edge cases first (default: all edge cases and a few more)', positive)
    .option('--seed <number>', 'the same seed gives the same samples', whole, 1)
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

function whole(text: string): number {
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('Not a whole number.');
  return value;
}

function positive(text: string): number {
  const value = whole(text);
  if (value === 0) throw new InvalidArgumentError('Must be at least 1.');
  return value;
}
