import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Much of the start-up of a short command is the compiling of libraries. What is compiled once is kept beside them, unless
// the environment names another place; where nobody may write, Node goes on without. Imports come after it to profit.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url)));
const { runProgram } = await import('./program.ts');
await runProgram(process.argv.slice(2));
