import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Half of a command's start-up time is the compiling of libraries. Compiled code is cached beside them, unless the
// environment sets another place; if the cache is not writable, Node works without. Worker threads read the setting
// from the environment, and only later imports benefit.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url));
enableCompileCache(process.env['NODE_COMPILE_CACHE']);
// Output may contain personal data, and is only for the current user. Only documents of the catalog and source code are
// meant to be shared.
if (!['schema', 'new'].includes(process.argv[2] ?? '')) process.umask(0o077);
const words = process.argv.slice(2);
try {
  const { runProgram } = await import('./program.ts');
  await runProgram(words);
} catch (error) {
  const { endUnloadable } = await import('./unloadable.ts');
  await endUnloadable(error, words);
}
