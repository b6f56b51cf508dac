import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

/** The commands that archive, restore and trim the log. Each loads its module when it runs. */
export function addArchive(program: Command, context: CommandContext, run: Run): void {
  const archive = program
    .command('archive')
    .description('copy the log into a folder of gzip files, even while a server is running; repeat to add new events')
    .argument('<folder>', 'an empty folder, or an archive of this log')
    .option('--trim', 'also trim from the log the archived events that every projection has applied')
    .option('--json', 'print one JSON document')
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
    .description('verify a whole archive: every SHA-256, count and position')
    .argument('<folder>', 'folder of the archive')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  figtree archive verify /backup/figtree')
    .action((folder: string) =>
      run(async () => (await import('./commands/archive-verify.ts')).verifyCommand(folder, context)),
    );
  program
    .command('restore')
    .description('restore an archive into an empty data folder')
    .argument('<folder>', 'folder of the archive')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  figtree restore /backup/figtree   # into the folder set by FIGTREE_DATA')
    .action((folder: string) =>
      run(async () => (await import('./commands/restore.ts')).restoreCommand(folder, context)),
    );
}
