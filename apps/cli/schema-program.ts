import type { Command } from 'commander';
import { positiveNumber } from './number-options.ts';
import { addSchemaDocs } from './schema-docs-program.ts';
import { addSchemaLineage } from './schema-lineage-program.ts';
import { addSchemaSample } from './schema-sample-program.ts';
import type { CommandContext } from './command-context.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

/** The commands of the schema registry. Each loads its module when it runs. */
export function addSchema(program: Command, context: CommandContext, run: Run): void {
  const schema = program
    .command('schema')
    .description('check, freeze and document the schemas of events')
    .addHelpText('after', '\nExample:\n  figtree schema check');
  addSchemaCheck(schema, context, run);
  addSchemaFreeze(schema, context, run);
  addSchemaDiff(schema, context, run);
  addSchemaSample(schema, context, run);
  addSchemaLineage(schema, context, run);
  addSchemaDocs(schema, context, run);
}

const FOLDER = 'use the registry in another folder than this project';

function addSchemaCheck(schema: Command, context: CommandContext, run: Run): void {
  schema
    .command('check')
    .description('check that stored events and running subscribers remain compatible')
    .option('--against <ref>', 'compare with another revision of the repository')
    .option('--against-log [path]', 'also read every event of a log or archive (default: the data folder)')
    .option('--github', 'also print annotations for GitHub Actions')
    .option('--folder <path>', FOLDER)
    .option('--json', 'print the whole report as one JSON document')
    .addHelpText('after', '\nExample:\n  figtree schema check --against origin/main')
    .action((options: { folder?: string; against?: string; againstLog?: string | true; github?: true }) =>
      run(async () => (await import('./commands/schema-check.ts')).checkSchemas(options, context)),
    );
}

function addSchemaFreeze(schema: Command, context: CommandContext, run: Run): void {
  schema
    .command('freeze')
    .description('freeze every published version that is not frozen yet')
    .option('--folder <path>', FOLDER)
    .option('--json', 'print what was written and refused as one JSON document')
    .addHelpText('after', '\nExample:\n  figtree schema freeze')
    .action((options: { folder?: string }) =>
      run(async () => (await import('./commands/schema-freeze.ts')).freezeSchemas(options, context)),
    );
}

function addSchemaDiff(schema: Command, context: CommandContext, run: Run): void {
  schema
    .command('diff')
    .description('show how an event has changed, and what that breaks')
    .argument('<type>', 'type of the event')
    .option('--from <version>', 'frozen version to compare with (default: the previous one)', positiveNumber)
    .option('--folder <path>', FOLDER)
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  figtree schema diff yubl-posted --from 1')
    .action((type: string, options: { folder?: string; from?: number }) =>
      run(async () => (await import('./commands/schema-diff.ts')).diffSchema({ type, ...options }, context)),
    );
}
