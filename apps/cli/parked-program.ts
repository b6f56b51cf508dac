import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ProjectionName } from '../../ports/progress.ts';
import { projectionNames } from '../projections/registry.ts';
import { positiveNumber } from './number-options.ts';
import type { CommandContext } from './command-context.ts';
import type { SelectionOptions } from './commands/parked-actions.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

function inProjection(): Option {
  return new Option('--projection <name>', 'only in this projection').choices(projectionNames);
}

/** The commands of the parking lot. Each loads its module when it runs. */
export function addParked(program: Command, context: CommandContext, run: Run): void {
  const parked = program
    .command('parked')
    .description('inspect, redrive and discard events that wait because a consumer failed')
    .addHelpText('after', '\nExample:\n  figtree parked list');
  addReading(parked, context, run);
  addRedrive(parked, context, run);
  addDiscard(parked, context, run);
  parked
    .command('resume')
    .description('resume a paused projection, and park events that fail up to the current head')
    .argument('<projection>', 'name of the projection', projectionName)
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  figtree parked resume search')
    .action((projection: ProjectionName) =>
      run(async () => (await import('./commands/parked-actions.ts')).resumeProjection(projection, context)),
    );
}

function addReading(parked: Command, context: CommandContext, run: Run): void {
  const load = () => import('./commands/parked.ts');
  parked
    .command('list')
    .description('list parked events, by projection and position')
    .addOption(inProjection())
    .option('--key <key>', 'only events with this partition key')
    .option('--error <text>', 'only events with this error code, or this text in the error')
    .option('--limit <count>', 'maximum number of events', positiveNumber, 50)
    .option('--after <place>', 'only events after this place, for instance feed:12')
    .option('--json', 'print one JSON document: { items, next }')
    .addHelpText('after', '\nExample:\n  figtree parked list --projection search')
    .action((options: { projection?: ProjectionName; key?: string; error?: string; limit: number; after?: string }) =>
      run(async () => (await load()).listParked(options, context)),
    );
  parked
    .command('show')
    .description('show everything known about a parked event')
    .argument('<event>', 'position of the event in the log, or its ID')
    .addOption(inProjection())
    .option('--json', 'print one JSON document: { items }, one item per projection')
    .addHelpText('after', '\nExample:\n  figtree parked show 16712')
    .action((event: string, options: { projection?: ProjectionName }) =>
      run(async () => (await load()).showParked({ event, ...options }, context)),
    );
}

function selecting(command: Command): Command {
  return command
    .argument('[event]', 'position of the event in the log, or its ID')
    .addOption(inProjection())
    .option('--id <id>', 'the event with this ID, even if it looks like a position')
    .option('--key <key>', 'all events with this partition key')
    .option('--error <text>', 'events with this error code, or this text in the error')
    .option('--all', 'all parked events');
}

function addRedrive(parked: Command, context: CommandContext, run: Run): void {
  selecting(parked.command('redrive'))
    .description('retry parked events: each key in order, from its first event on')
    .option('--json', 'print the outcome as one JSON document')
    .addHelpText('after', '\nExample:\n  figtree parked redrive --error STORAGE_FULL\n  figtree parked redrive --all')
    .action((event: string | undefined, options: SelectionOptions) =>
      run(async () => (await import('./commands/parked-actions.ts')).redriveParked({ event, ...options }, context)),
    );
}

function addDiscard(parked: Command, context: CommandContext, run: Run): void {
  selecting(parked.command('discard'))
    .description('permanently discard parked events: the projection never handles them')
    .option('--yes', 'confirm; only a rebuild can undo it')
    .option('--json', 'print the number of discarded events as one JSON document')
    .addHelpText('after', '\nExample:\n  figtree parked discard 16712 --projection search --yes')
    .action((event: string | undefined, options: SelectionOptions & { yes?: true }) =>
      run(async () => (await import('./commands/parked-actions.ts')).discardParked({ event, ...options }, context)),
    );
}

export function projectionName(text: string): ProjectionName {
  if (projectionNames.includes(text)) return text;
  throw new InvalidArgumentError(`Choose from ${projectionNames.join(', ')}.`);
}
