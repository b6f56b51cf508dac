import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { eventSteps, numbered, projectionSteps, type Steps } from './starters/next-steps.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

const FOLDER = 'write to another copy of the project than this one';

/** The commands that write the first version of a feature or an event. */
export function addNew(program: Command, context: CommandContext, run: Run): void {
  const begin = program
    .command('new')
    .description('write the first version of a feature or an event')
    .addHelpText('after', '\nExample:\n  figtree new projection new-followers');
  begin
    .command('projection')
    .description('write a feature with a projection of tables, and its test')
    .argument('<name>', 'lower-case words with hyphens in between')
    .option('--folder <path>', FOLDER)
    .option('--json', 'print what was written as one JSON document')
    .addHelpText('after', `${next(projectionSteps('NAME'))}\n\nExample:\n  figtree new projection new-followers`)
    .action((name: string, options: { folder?: string }) =>
      run(async () => (await import('./commands/new.ts')).newProjection({ name, ...options }, context)),
    );
  begin
    .command('event')
    .description('write the definition of an event')
    .argument('<type>', 'lower-case words with hyphens in between')
    .option('--folder <path>', FOLDER)
    .option('--json', 'print what was written as one JSON document')
    .addHelpText('after', `${next(eventSteps('TYPE'))}\n\nExample:\n  figtree new event picture-shared`)
    .action((name: string, options: { folder?: string }) =>
      run(async () => (await import('./commands/new.ts')).newEvent({ name, ...options }, context)),
    );
}

function next(steps: Steps): string {
  return `\nNext steps:\n${numbered(steps)}`;
}
