import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

/** Adds `schema docs`. */
export function addSchemaDocs(schema: Command, context: CommandContext, run: Run): void {
  schema
    .command('docs')
    .description('write the catalog as a static site, with AsyncAPI, JSON Schemas and an EventCatalog folder beside it')
    .option('--out <folder>', 'target folder; created if it does not exist', 'catalog')
    .option('--json', 'print what was written as one JSON document')
    .addHelpText('after', '\nExample:\n  figtree schema docs --out public/catalog')
    .action((options: { out: string }) =>
      run(async () => (await import('./commands/schema-docs.ts')).schemaDocs(options, context)),
    );
}
