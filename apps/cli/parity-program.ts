import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ProjectionName } from '../../ports/progress.ts';
import type { ParityCommand } from './commands/parity.ts';
import type { ReadCommand } from './commands/read.ts';
import { positiveNumber, wholeNumber } from './number-options.ts';
import { projectionArgument, queryArgument } from './projection-argument.ts';
import type { CommandContext } from './command-context.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

/** The commands that inspect projections: compare one with another system, explain a row, read one as it was. Each
 *  loads its module when it runs. */
export function addParity(program: Command, context: CommandContext, run: Run): void {
  addCompare(program, context, run);
  addExplain(program, context, run);
  addRead(program, context, run);
}

const JSON_HELP = 'print one JSON document';

function addCompare(program: Command, context: CommandContext, run: Run): void {
  program
    .command('parity')
    .description('compare a projection with the answers of another system')
    .addArgument(projectionArgument('<projection>', 'projection to compare'))
    .requiredOption('--against <file|url>', 'export of the other system (NDJSON, .gz), or URL of its API with {key}')
    .option('--sample <count>', 'compare this many random keys (default: all)', positiveNumber)
    .option('--seed <number>', 'seed that selects the same keys again', wholeNumber)
    .option('--limit <count>', 'print this many differences in full', wholeNumber, 20)
    .option('--at <percent>', 'minimum percentage of matches for exit code 0', percent, 100)
    .option('--newest <count>', 'compare only this many entries at the start of each list', positiveNumber)
    .option('--ignore-order', 'ignore the order of lists')
    .option('--build <file>', 'use this build in the data folder instead of the live file')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      `
The header "authorization" of a URL is taken from FIGTREE_PARITY_AUTHORIZATION.

Examples:
  figtree parity feed --against export.ndjson.gz
  figtree parity feed --against 'https://legacy/feeds/{key}' --sample 1000`,
    )
    .action((projection: ProjectionName, options: Omit<ParityCommand, 'projection'>) =>
      run(async () => (await import('./commands/parity.ts')).parity({ projection, ...options }, context)),
    );
}

function addExplain(program: Command, context: CommandContext, run: Run): void {
  program
    .command('explain')
    .description('explain why a row of a projection is present or absent, with the events behind it')
    .addArgument(projectionArgument('<name>', 'projection to explain'))
    .argument(
      '<what...>',
      'feed: a user ID, optionally a yubl ID; relationships: one or two user IDs; search: a user ID, a yubl ID or a search text; any other: [TABLE] PARTITION [SORT], the key of a row or its first part, in every table or the named one',
    )
    .option('--limit <count>', 'maximum number of entries', positiveNumber, 10)
    .option('--build <file>', 'use this build in the data folder instead of the live file')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      `
Examples:
  figtree explain feed 56cab268fd9255c263d2e00e
  figtree explain feed 56cab268fd9255c263d2e00e 56cab2686d8e7e14910889c1
  figtree explain search 'ada'
  figtree explain trendingtags 2016-02-22
  figtree explain trendingtags tags 2016-02-22 figs`,
    )
    .action((projection: ProjectionName, words: string[], options: { limit: number; build?: string }) =>
      run(async () => (await import('./commands/explain.ts')).explain({ projection, words, ...options }, context)),
    );
}

function addRead(program: Command, context: CommandContext, run: Run): void {
  program
    .command('read')
    .description('print what the API would return, without a server, also for a past build')
    .addArgument(queryArgument('<what>', 'answer to print'))
    .argument(
      '[keys...]',
      'a user ID, a yubl ID, or the text to search for; for features, what their path has in braces',
    )
    .option('--with <name=value>', 'optional parameter of a feature (repeat for several)', collectNamed)
    .option('--build <file>', 'use this build in the data folder instead of the live file')
    .addOption(new Option('--limit <count>', 'maximum number of items').argParser(positiveNumber).default(50))
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      `
Examples:
  figtree read feed 56cab268fd9255c263d2e00e
  figtree read feed 56cab268fd9255c263d2e00e --build feed-at-1000.db
  figtree read trending 2016-02-22`,
    )
    .action((what: string, keys: string[], { with: further = {}, ...options }: ReadOptions) =>
      run(async () => (await import('./commands/read.ts')).read({ what, keys, further, ...options }, context)),
    );
}

type ReadOptions = Omit<ReadCommand, 'what' | 'keys' | 'further'> & { with?: Record<string, string> };

function collectNamed(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Must be like name=value.');
  return { ...before, [name]: value };
}

function percent(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 100)) throw new InvalidArgumentError('Must be between 0 and 100.');
  return value;
}
