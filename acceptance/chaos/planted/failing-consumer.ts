import { registerHooks } from 'node:module';

// Loaded before Figtree, in each of its threads: every module that imports the handling of events gets the planted one,
// which alone gets the real one. Figtree's own files stay as they are, and know nothing of it.

const planted = new Map([
  [
    new URL('../../../consumers/runtime/handling.ts', import.meta.url).href,
    new URL('./failing-handling.ts', import.meta.url).href,
  ],
  [new URL('../../../replay/fold-log.ts', import.meta.url).href, new URL('./failing-fold.ts', import.meta.url).href],
]);

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const instead = planted.get(resolved.url);
    return instead !== undefined && context.parentURL !== instead ? { ...resolved, url: instead } : resolved;
  },
});
