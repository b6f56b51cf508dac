import { registerHooks } from 'node:module';

// Loaded before Figtree, in each of its threads: whoever imports the handling of events gets the planted one, which is
// the only one to get the real one. Figtree's own files stay as they are, and know nothing of it.

const real = new URL('../../../consumers/runtime/handling.ts', import.meta.url).href;
const planted = new URL('./failing-handling.ts', import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    return resolved.url === real && context.parentURL !== planted ? { ...resolved, url: planted } : resolved;
  },
});
