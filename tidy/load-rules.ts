import { posix } from 'node:path';
import { loadedWith, type SourceTree, withoutComments } from './source-tree.ts';

interface Start {
  /** The files that are started. */
  readonly entries: readonly RegExp[];
  /** Modules and files that they may not load with them, however far away; a name that ends in `*` stands for every name
   *  with that prefix. What is imported on demand, or as a type, is not loaded with them. */
  readonly heavy: readonly string[];
}

const THREADS: Start = {
  // Every command that writes starts them.
  entries: [
    /^apps\/embedded\/live\/(projection|checkpoint)-thread\.ts$/,
    /^apps\/embedded\/rebuild\/build-thread\.ts$/,
    /^apps\/embedded\/search\/search-thread\.ts$/,
  ],
  heavy: ['zod', 'hono', 'commander'],
};
const ENGINES = ['node:sqlite', '@aws-sdk/*', 'apps/embedded/*', 'apps/aws/*', 'adapters/aws/*'];
const STARTS: readonly Start[] = [
  THREADS,
  // Even for --help.
  { entries: [/^apps\/cli\/program\.ts$/], heavy: ['zod', 'hono', '@hono/*', ...ENGINES] },
  // Serves the engine that it is given. The registry of projections loads the parts of an engine when that asks.
  { entries: [/^apps\/server\/server\.ts$/], heavy: ENGINES },
];

/** Files that load something heavy when they are started, as `file: by way of …`. */
export function heavyStarts(tree: SourceTree): string[] {
  const starts = STARTS.flatMap(({ entries, heavy }) =>
    [...tree.keys()]
      .filter((path) => entries.some((entry) => entry.test(path)))
      .flatMap((entry) => heavyLoads(tree, entry, heavy)),
  );
  return [...starts, ...embeddedParts(tree).flatMap((part) => heavyLoads(tree, part, THREADS.heavy))];
}

function heavyLoads(tree: SourceTree, entry: string, heavy: readonly string[]): string[] {
  const isHeavy = (imported: string) =>
    heavy.some((name) => (name.endsWith('*') ? imported.startsWith(name.slice(0, -1)) : imported === name));
  const way = new Map<string, string>([[entry, entry]]);
  const breaches: string[] = [];
  for (const [path, from] of way) {
    for (const imported of loadedWith(path, tree.get(path) ?? '')) {
      if (isHeavy(imported)) breaches.push(`${entry}: loads ${imported} by way of ${from}`);
      else if (tree.has(imported) && !way.has(imported)) way.set(imported, `${from} → ${imported}`);
    }
  }
  return breaches;
}

const DEFINITION = /^(apps\/projections\/[a-z]+|(features|testing)\/[a-z-]+\/projection)\.ts$/;
const EMBEDDED_PART = /\bembedded:\s*\{[^}]*?\bimport\s*\(\s*(['"])(?<name>[^'"\n]+)\1/;

/** What the threads load of each projection that is defined. */
function embeddedParts(tree: SourceTree): string[] {
  return [...tree].flatMap(([path, source]) => {
    const name = DEFINITION.test(path) ? EMBEDDED_PART.exec(withoutComments(source))?.groups?.['name'] : undefined;
    return name === undefined ? [] : [posix.join(posix.dirname(path), name)];
  });
}
