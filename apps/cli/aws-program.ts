import { type Command, Option } from 'commander';
import { type ProjectionName, projectionNames } from '../../ports/progress.ts';
import type { AwsParkedOptions } from './commands/aws-parked.ts';
import type { AwsRebuildCommand } from './commands/aws-rebuild.ts';
import { positiveNumber } from './number-options.ts';
import { projectionName } from './parked-program.ts';
import type { CommandContext } from './program.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

const EXAMPLE = `
FIGTREE_PREFIX, FIGTREE_ARCHIVE_BUCKET and the other variables of the functions name the installation; region and credentials
are found as every tool of AWS finds them. Killed or stopped at any point, the same command goes on.

Example:
  figtree aws rebuild relationships --dry-run
  figtree aws rebuild feed --rate 5000
  figtree aws rebuild feed --rollback`;

/** What operators do with an installation on AWS. */
export function addAws(program: Command, context: CommandContext, run: Run): void {
  const aws = program
    .command('aws')
    .description('an installation on AWS: rebuild its projections, redrive what is parked');
  aws
    .command('rebuild')
    .description(
      'build a projection into new tables from the archive and the stream, then make them live; or go on with that',
    )
    .argument('<projection>', 'feed, relationships or search', projectionName)
    .option('--dry-run', 'what it would read and write, and for how many dollars; writes nothing')
    .option('--rate <units>', 'so many write units a second at most', positiveNumber)
    .addOption(
      new Option('--on-error <what>', 'when a consumer cannot handle an event')
        .choices(['stop', 'skip'])
        .default('stop'),
    )
    .option('--rollback', 'make the tables live that were live before, after they have caught up')
    .option('--restart', 'forget what an interrupted rebuild has left, and begin anew')
    .option(
      '--function-timeout <seconds>',
      'how long a function may run at most: so long it goes on applying when it is live (default: 300)',
      positiveNumber,
    )
    .option('--json', 'NDJSON: a line now and then with how far it is, the last one a summary')
    .addHelpText('after', EXAMPLE)
    .action((projection: ProjectionName, options: Omit<AwsRebuildCommand, 'projection'>) =>
      run(async () => (await import('./commands/aws-rebuild.ts')).awsRebuild({ projection, ...options }, context)),
    );
  addParked(aws, context, run);
}

function addParked(aws: Command, context: CommandContext, run: Run): void {
  const parked = aws.command('parked').description('keys that wait because a function failed at one of their events');
  const load = () => import('./commands/aws-parked.ts');
  const projection = () =>
    new Option('--projection <name>', 'the function of this projection').choices(projectionNames).makeOptionMandatory();
  parked
    .command('list')
    .description('keys that are stopped, and why')
    .addOption(projection())
    .option('--limit <count>', 'at most so many', positiveNumber, 50)
    .option('--after <key>', 'those behind this one')
    .option('--json', 'one JSON document: { items, next }')
    .addHelpText('after', '\nExample:\n  figtree aws parked list --projection feed')
    .action((options: AwsParkedOptions & { limit: number; after?: string }) =>
      run(async () => (await load()).listStoppedKeys(options, context)),
    );
  parked
    .command('redrive')
    .description('try the events of a stopped key again, in order, or those of all keys')
    .argument('[key]', 'its partition key')
    .addOption(projection())
    .option('--all', 'all keys that are stopped now')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  figtree aws parked redrive --all --projection feed')
    .action((key: string | undefined, options: AwsParkedOptions & { all?: true }) =>
      run(async () => (await load()).redriveStoppedKeys({ ...options, ...(key !== undefined && { key }) }, context)),
    );
  parked
    .command('discard')
    .description('take the first event of a stopped key out for good, without handling it')
    .argument('<key>', 'its partition key')
    .addOption(projection())
    .option('--yes', 'that is meant')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  figtree aws parked discard 56cab268fd9255c263d2e00e --projection feed --yes')
    .action((key: string, options: AwsParkedOptions & { yes?: true }) =>
      run(async () => (await load()).discardFirstOfKey({ ...options, key }, context)),
    );
}
