import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

/** The command that erases a person. */
export function addErase(program: Command, context: CommandContext, run: Run): void {
  program
    .command('erase')
    .description("permanently erase a user's name and content")
    .argument('<user-id>', 'ID of the user')
    .option('--yes', 'confirm; without it, only show what would be done')
    .option('--archive <folder>', "also overwrite the user's texts in this archive, and search it for them")
    .option('--json', 'print what was done and searched as one JSON document')
    .addHelpText('after', '\nExample:\n  figtree erase 56cab268fd9255c263d2e00e --archive /backup/figtree --yes')
    .action((userId: string, options: { yes?: true; archive?: string }) =>
      run(async () => (await import('./commands/erase.ts')).erase({ userId, ...options }, context)),
    );
}
