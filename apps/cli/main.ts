import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Half of the start-up of a command is the compiling of libraries. What is compiled once is kept beside them, unless the
// environment names another place; where nobody may write, Node goes on without. Worker threads learn of it from the
// environment, and imports profit if they come after it.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url));
enableCompileCache(process.env['NODE_COMPILE_CACHE']);
// What is written is about persons, and for the user that runs this alone. Only documents of the catalog are made to be shared.
if (process.argv[2] !== 'schema') process.umask(0o077);
const { runProgram } = await import('./program.ts');
await runProgram(process.argv.slice(2));
