import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

/** `figtree schema lineage [TYPE]`. */
export function addSchemaLineage(schema: Command, context: CommandContext, run: Run): void {
  schema
    .command('lineage')
    .description('show who produces each event and who reads which of its fields, found by running the code')
    .argument('[type]', 'show only this event, with what removing each field would break')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  figtree schema lineage yubl-posted')
    .action((type: string | undefined) =>
      run(async () => (await import('./commands/schema-lineage.ts')).schemaLineage(type, context)),
    );
}
