import { type Command, Option } from 'commander';
import { defined } from '../../events/defined.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import { projectionNames } from '../projections/registry.ts';
import type { AwsParkedOptions } from './commands/aws-parked.ts';
import type { AwsRebuildCommand } from './commands/aws-rebuild.ts';
import { addGateOptions } from './gate-options.ts';
import { positiveNumber } from './number-options.ts';
import { projectionName } from './parked-program.ts';
import type { CommandContext } from './command-context.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

const EXAMPLE = `
FIGTREE_PREFIX, FIGTREE_ARCHIVE_BUCKET and the other variables of the functions select the installation; region and
credentials are found as by any AWS tool. If it is stopped or killed at any point, run the same command to continue.

Example:
  figtree aws rebuild relationships --dry-run
  figtree aws rebuild feed --rate 5000
  figtree aws rebuild feed --promote-at 99.5 --against export.ndjson.gz
  figtree aws rebuild feed --rollback`;

/** Operators' commands for an installation on AWS. */
export function addAws(program: Command, context: CommandContext, run: Run): void {
  const aws = program
    .command('aws')
    .description('operate an installation on AWS: rebuild projections, redrive parked events');
  const rebuild = aws
    .command('rebuild')
    .description(
      'rebuild a projection into new tables from the archive and the stream, then make them live, or continue a rebuild',
    )
    .argument('<projection>', projectionNames.join(', '), projectionName)
    .option('--dry-run', 'only show what the rebuild would read, write and cost (in dollars)')
    .option('--rate <units>', 'maximum number of write units per second', positiveNumber)
    .addOption(
      new Option('--on-error <what>', 'what to do if a consumer cannot handle an event')
        .choices(['stop', 'skip'])
        .default('stop'),
    );
  addGateOptions(rebuild)
    .option('--rollback', 'make the previous tables live again, once they have caught up')
    .option('--restart', 'discard an interrupted rebuild and start over')
    .option(
      '--function-timeout <seconds>',
      'maximum run time of a function; events are applied for this long after going live (default: 300)',
      positiveNumber,
    )
    .option('--json', 'print NDJSON: progress lines, then a summary')
    .addHelpText('after', EXAMPLE)
    .action((projection: ProjectionName, options: Omit<AwsRebuildCommand, 'projection'>) =>
      run(async () => (await import('./commands/aws-rebuild.ts')).awsRebuild({ projection, ...options }, context)),
    );
  addParked(aws, context, run);
}

function addParked(aws: Command, context: CommandContext, run: Run): void {
  const parked = aws
    .command('parked')
    .description('inspect and redrive keys that are stopped because a function failed to handle one of their events');
  const load = () => import('./commands/aws-parked.ts');
  const projection = () =>
    new Option('--projection <name>', 'projection of the function').choices(projectionNames).makeOptionMandatory();
  parked
    .command('list')
    .description('list stopped keys and the reasons')
    .addOption(projection())
    .option('--limit <count>', 'maximum number of keys', positiveNumber, 50)
    .option('--after <key>', 'only keys after this one')
    .option('--json', 'print one JSON document: { items, next }')
    .addHelpText('after', '\nExample:\n  figtree aws parked list --projection feed')
    .action((options: AwsParkedOptions & { limit: number; after?: string }) =>
      run(async () => (await load()).listStoppedKeys(options, context)),
    );
  parked
    .command('redrive')
    .description('retry the events of a stopped key, or of all keys, in order')
    .argument('[key]', 'partition key')
    .addOption(projection())
    .option('--all', 'redrive all keys that are stopped now')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  figtree aws parked redrive --all --projection feed')
    .action((key: string | undefined, options: AwsParkedOptions & { all?: true }) =>
      run(async () => (await load()).redriveStoppedKeys({ ...options, ...defined({ key }) }, context)),
    );
  parked
    .command('discard')
    .description('permanently discard the first event of a stopped key without handling it')
    .argument('<key>', 'partition key')
    .addOption(projection())
    .option('--yes', 'confirm the discard')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  figtree aws parked discard 56cab268fd9255c263d2e00e --projection feed --yes')
    .action((key: string, options: AwsParkedOptions & { yes?: true }) =>
      run(async () => (await load()).discardFirstOfKey({ ...options, key }, context)),
    );
}
