import type { Command } from 'commander';
import type { CommandContext } from './program.ts';
import { addSchemaDocs } from './schema-docs-program.ts';

type Run = (act: () => Promise<number>) => Promise<void>;

export function addSchema(program: Command, context: CommandContext, run: Run): void {
  const schema = program.command('schema').description('what events look like, and what may change about it');
  addSchemaDocs(schema, context, run);
}
