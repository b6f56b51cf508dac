import type { Command } from 'commander';
import type { CommandContext } from './program.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

/** The commands that keep the log elsewhere and bring it back. Each loads its module when it runs. */
export function addArchive(program: Command, context: CommandContext, run: Run): void {
  const archive = program
    .command('archive')
    .description('copy the log into a folder of gzip files, beside a running server; again: what is new')
    .argument('<folder>', 'an empty folder, or an archive of this log')
    .option('--trim', 'then remove from the log what the archive holds and every projection has applied')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  figtree archive /backup/figtree\n  zcat /backup/figtree/events-*.gz | jq -r .type | sort | uniq -c',
    )
    .action((folder: string, options: { trim?: true }) =>
      run(async () => {
        const { archiveCommand } = await import('./commands/archive.ts');
        return archiveCommand({ folder, trim: options.trim === true }, context);
      }),
    );
  archive
    .command('verify')
    .description('read all of an archive: every sha256, every count, every position')
    .argument('<folder>', 'an archive')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  figtree archive verify /backup/figtree')
    .action((folder: string) =>
      run(async () => (await import('./commands/archive-verify.ts')).verifyCommand(folder, context)),
    );
  program
    .command('restore')
    .description('make an empty data folder equal to the one that was archived')
    .argument('<folder>', 'an archive')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  FIGTREE_DATA=.figtree-restored figtree restore /backup/figtree')
    .action((folder: string) =>
      run(async () => (await import('./commands/restore.ts')).restoreCommand(folder, context)),
    );
}
