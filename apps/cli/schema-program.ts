import type { Command } from 'commander';
import { positiveNumber } from './number-options.ts';
import type { CommandContext } from './program.ts';
import { addSchemaDocs } from './schema-docs-program.ts';
import { addSchemaLineage } from './schema-lineage-program.ts';
import { addSchemaSample } from './schema-sample-program.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

/** The commands of the schema registry. Each loads its module when it runs. */
export function addSchema(program: Command, context: CommandContext, run: Run): void {
  const schema = program
    .command('schema')
    .description('what events look like, and what may change about it')
    .addHelpText('after', '\nExample:\n  figtree schema check');
  addSchemaCheck(schema, context, run);
  addSchemaFreeze(schema, context, run);
  addSchemaDiff(schema, context, run);
  addSchemaSample(schema, context, run);
  addSchemaLineage(schema, context, run);
  addSchemaDocs(schema, context, run);
}

const FOLDER = 'the registry in another folder than that of this project';

function addSchemaCheck(schema: Command, context: CommandContext, run: Run): void {
  schema
    .command('check')
    .description('whether stored events can still be read, and running subscribers can')
    .option('--against <ref>', 'compare with another state of the repository')
    .option('--against-log [path]', 'read every event of a log or archive too (default: the data folder)')
    .option('--github', 'print annotations for GitHub Actions as well')
    .option('--folder <path>', FOLDER)
    .option('--json', 'the whole report as one JSON document')
    .addHelpText('after', '\nExample:\n  figtree schema check --against origin/main')
    .action((options: { folder?: string; against?: string; againstLog?: string | true; github?: true }) =>
      run(async () => (await import('./commands/schema-check.ts')).checkSchemas(options, context)),
    );
}

function addSchemaFreeze(schema: Command, context: CommandContext, run: Run): void {
  schema
    .command('freeze')
    .description('write down every version that is published and not frozen yet')
    .option('--folder <path>', FOLDER)
    .option('--json', 'what was written and refused as one JSON document')
    .addHelpText('after', '\nExample:\n  figtree schema freeze')
    .action((options: { folder?: string }) =>
      run(async () => (await import('./commands/schema-freeze.ts')).freezeSchemas(options, context)),
    );
}

function addSchemaDiff(schema: Command, context: CommandContext, run: Run): void {
  schema
    .command('diff')
    .description('what has changed about an event, and what that breaks')
    .argument('<type>', 'an event of the catalog')
    .option('--from <version>', 'a frozen version (default: the one before)', positiveNumber)
    .option('--folder <path>', FOLDER)
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  figtree schema diff yubl-posted --from 1')
    .action((type: string, options: { folder?: string; from?: number }) =>
      run(async () => (await import('./commands/schema-diff.ts')).diffSchema({ type, ...options }, context)),
    );
}
