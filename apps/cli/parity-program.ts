import { Argument, InvalidArgumentError, Option, type Command } from 'commander';
import { projectionNames, type ProjectionName } from '../../ports/progress.ts';
import type { ParityCommand } from './commands/parity.ts';
import type { ReadCommand } from './commands/read.ts';
import { positiveNumber, wholeNumber } from './number-options.ts';
import type { CommandContext } from './program.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

/** The commands that look into projections: compare one with another system, explain a row, read one as it was. Each loads
 *  its module when it runs. */
export function addParity(program: Command, context: CommandContext, run: Run): void {
  addCompare(program, context, run);
  addExplain(program, context, run);
  addRead(program, context, run);
}

const JSON_HELP = 'one JSON document';

function addCompare(program: Command, context: CommandContext, run: Run): void {
  program
    .command('parity')
    .description('compare a projection with what another system says')
    .addArgument(new Argument('<projection>', 'which one').choices(projectionNames))
    .requiredOption('--against <file|url>', 'its export (NDJSON, .gz), or its API with {key} in it')
    .option('--sample <count>', 'so many keys at random (default: all)', positiveNumber)
    .option('--seed <number>', 'choose the same keys again', wholeNumber)
    .option('--limit <count>', 'tell so many differences in full', wholeNumber, 20)
    .option('--at <percent>', 'end with 0 from so many percent on', percent, 100)
    .option('--newest <count>', 'compare so many of the first of each list', positiveNumber)
    .option('--ignore-order', 'a list in another order is no difference')
    .option('--build <file>', 'a build in the data folder, not the live file')
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
    .description('why a row of a projection is there, or is not: the events behind it')
    .addArgument(new Argument('<name>', 'which projection').choices(projectionNames))
    .argument(
      '<what...>',
      'a user id, and of a feed perhaps a yubl id, of relationships another user id; of search also a yubl id, or what was typed',
    )
    .option('--limit <count>', 'so many entries', positiveNumber, 10)
    .option('--build <file>', 'a build in the data folder, not the live file')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      `
Examples:
  figtree explain feed 56cab268fd9255c263d2e00e
  figtree explain feed 56cab268fd9255c263d2e00e 56cab2686d8e7e14910889c1
  figtree explain search 'ada'`,
    )
    .action((projection: ProjectionName, words: string[], options: { limit: number; build?: string }) =>
      run(async () => (await import('./commands/explain.ts')).explain({ projection, words, ...options }, context)),
    );
}

const READINGS = ['feed', 'user', 'followers', 'following', 'search-users', 'search-yubls', 'yubl'] as const;
export type Reading = (typeof READINGS)[number];

function addRead(program: Command, context: CommandContext, run: Run): void {
  program
    .command('read')
    .description('what the API would answer, without a server, also of a past build')
    .addArgument(new Argument('<what>', 'which answer').choices(READINGS))
    .argument('<key>', 'a user id, a yubl id, or what to search for')
    .option('--build <file>', 'a build in the data folder, not the live file')
    .addOption(new Option('--limit <count>', 'at most so many').argParser(positiveNumber).default(50))
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      `
Examples:
  figtree read feed 56cab268fd9255c263d2e00e
  figtree read feed 56cab268fd9255c263d2e00e --build feed-at-1000.db`,
    )
    .action((what: Reading, key: string, options: Omit<ReadCommand, 'what' | 'key'>) =>
      run(async () => (await import('./commands/read.ts')).read({ what, key, ...options }, context)),
    );
}

function percent(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 100)) throw new InvalidArgumentError('From 0 to 100.');
  return value;
}
