import type { Command } from 'commander';
import type { CommandContext } from './program.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

/** The command that erases a person. */
export function addErase(program: Command, context: CommandContext, run: Run): void {
  program
    .command('erase')
    .description('permanently erase what a user said and is called')
    .argument('<user-id>', 'the id of the user')
    .option('--yes', 'do it; without it the command says what it would do')
    .option('--archive <folder>', 'overwrite and search the words of the user in this archive too')
    .option('--json', 'what was done and where it looked as one JSON document')
    .addHelpText('after', '\nExample:\n  figtree erase 56cab268fd9255c263d2e00e --archive /backup/figtree --yes')
    .action((userId: string, options: { yes?: true; archive?: string }) =>
      run(async () => (await import('./commands/erase.ts')).erase({ userId, ...options }, context)),
    );
}
