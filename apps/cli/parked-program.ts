import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ProjectionName, projectionNames } from '../../ports/progress.ts';
import { positiveNumber } from './number-options.ts';
import type { CommandContext } from './program.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

function inProjection(): Option {
  return new Option('--projection <name>', 'in this one alone').choices(projectionNames);
}

/** The commands of the parking lot. Each loads its module when it runs. */
export function addParked(program: Command, context: CommandContext, run: Run): void {
  const parked = program
    .command('parked')
    .description('events that wait because a consumer failed')
    .addHelpText('after', '\nExample:\n  figtree parked list');
  addReading(parked, context, run);
  addRedrive(parked, context, run);
  addDiscard(parked, context, run);
  parked
    .command('resume')
    .description('let a projection that pauses go on, and park what fails up to now')
    .argument('<projection>', 'its name', projectionName)
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  figtree parked resume search')
    .action((projection: ProjectionName) =>
      run(async () => (await import('./commands/parked-actions.ts')).resumeProjection(projection, context)),
    );
}

function addReading(parked: Command, context: CommandContext, run: Run): void {
  const load = () => import('./commands/parked.ts');
  parked
    .command('list')
    .description('what is parked, by projection and position')
    .addOption(inProjection())
    .option('--key <key>', 'only events of this partition key')
    .option('--error <text>', 'only those with this code, or this in the error')
    .option('--limit <count>', 'at most so many', positiveNumber, 50)
    .option('--after <place>', 'those behind this one, for instance feed:12')
    .option('--json', 'one JSON document: { items, next }')
    .addHelpText('after', '\nExample:\n  figtree parked list --projection search')
    .action((options: { projection?: ProjectionName; key?: string; error?: string; limit: number; after?: string }) =>
      run(async () => (await load()).listParked(options, context)),
    );
  parked
    .command('show')
    .description('everything that is known of a parked event')
    .argument('<event>', 'its position in the log, or its id')
    .addOption(inProjection())
    .option('--json', 'one JSON document: { items }, one for each projection')
    .addHelpText('after', '\nExample:\n  figtree parked show 16712')
    .action((event: string, options: { projection?: ProjectionName }) =>
      run(async () => (await load()).showParked({ event, ...options }, context)),
    );
}

export interface SelectionOptions {
  readonly projection?: ProjectionName;
  readonly id?: string;
  readonly key?: string;
  readonly error?: string;
  readonly all?: true;
}

function selecting(command: Command): Command {
  return command
    .argument('[event]', 'its position in the log, or its id')
    .addOption(inProjection())
    .option('--id <id>', 'the one of this id, also if it looks like a position')
    .option('--key <key>', 'all of this partition key')
    .option('--error <text>', 'those with this code, or this in the error')
    .option('--all', 'everything that is parked');
}

function addRedrive(parked: Command, context: CommandContext, run: Run): void {
  selecting(parked.command('redrive'))
    .description('try parked events again: each key in order, from its first on')
    .option('--json', 'what became of them as one JSON document')
    .addHelpText('after', '\nExample:\n  figtree parked redrive --error STORAGE_FULL\n  figtree parked redrive --all')
    .action((event: string | undefined, options: SelectionOptions) =>
      run(async () => (await import('./commands/parked-actions.ts')).redriveParked({ event, ...options }, context)),
    );
}

function addDiscard(parked: Command, context: CommandContext, run: Run): void {
  selecting(parked.command('discard'))
    .description('take parked events out for good: the projection never gets them')
    .option('--yes', 'it cannot be undone but by a rebuild, so it must be said')
    .option('--json', 'how many, as one JSON document')
    .addHelpText('after', '\nExample:\n  figtree parked discard 16712 --projection search --yes')
    .action((event: string | undefined, options: SelectionOptions & { yes?: true }) =>
      run(async () => (await import('./commands/parked-actions.ts')).discardParked({ event, ...options }, context)),
    );
}

export function projectionName(text: string): ProjectionName {
  const known = projectionNames.find((name) => name === text);
  if (known === undefined) throw new InvalidArgumentError(`Choose from ${projectionNames.join(', ')}.`);
  return known;
}
