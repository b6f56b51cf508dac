import { registerHooks } from 'node:module';

// Loaded before Figtree, in each of its threads: whoever imports the handling of events gets the planted one, which is
// the only one to get the real one. Figtree's own files stay as they are, and know nothing of it.

const here = (path: string) => new URL(path, import.meta.url).href;
const planted = new Map([
  [here('../../../consumers/runtime/handling.ts'), here('./failing-handling.ts')],
  [here('../../../replay/fold-log.ts'), here('./failing-fold.ts')],
]);

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const instead = planted.get(resolved.url);
    return instead !== undefined && context.parentURL !== instead ? { ...resolved, url: instead } : resolved;
  },
});
