import { importsOf, isTest, isTypeScript, type SourceTree } from './source-tree.ts';

/** What ships begins with these. */
const SHIPPED_ENTRIES = [
  /^apps\/cli\/main\.ts$/,
  /^apps\/embedded\/[a-z-]+\/[a-z-]+-(thread|process)\.ts$/,
  /^apps\/lambda\/[a-z-]+\.ts$/,
  /^apps\/aws\/bundling\/bundle-main\.ts$/,
  // Switched on by a line in the registry of projections.
  /^features\/[a-z-]+\/projection\.ts$/,
  // Imported by the monolith.
  /^producers\/monolith\/monolith-client\.ts$/,
];

const ENTRIES = [
  ...SHIPPED_ENTRIES,
  // Copied by the test that adds it to another Figtree.
  /^testing\/fourth-projection\/projection\.ts$/,
  /^bench\/main\.ts$/,
  /^acceptance\/chaos\/main\.ts$/,
  /^acceptance\/random\/main\.ts$/,
  // Named by vitest.aws.config.ts.
  /^testing\/emulators\/global-setup\.ts$/,
  /\.config\.ts$/,
  // Named by both configurations of vitest.
  /^vitest\.setup\.ts$/,
];

/** Naive models are beside what they model. */
const MODEL = /\.model\.ts$/;
const NOT_SHIPPED = [
  'testing',
  'bench',
  'acceptance',
  'tidy',
  'docs',
  'samples',
  'ports/contracts',
  'schema-registry/comparison/testing',
];

/** Files that are neither imported nor started. */
export function deadFiles(tree: SourceTree): string[] {
  const paths = sources(tree).map(([path]) => path);
  const alive = reachedFrom(
    tree,
    paths.filter((path) => isTest(path) || ENTRIES.some((entry) => entry.test(path))),
  );
  return paths.filter((path) => !alive.has(path));
}

/** Files in folders that ship which only tests, benchmarks and what these share use: they belong to `testing/`, or
 *  beside their test. */
export function testOnlyFiles(tree: SourceTree): string[] {
  const paths = sources(tree).map(([path]) => path);
  const alive = reachedFrom(
    tree,
    paths.filter((path) => SHIPPED_ENTRIES.some((entry) => entry.test(path))),
  );
  return paths.filter((path) => isShipped(path) && !alive.has(path));
}

function isShipped(path: string): boolean {
  if (!path.includes('/') || isTest(path) || MODEL.test(path)) return false;
  return !NOT_SHIPPED.some((folder) => path.startsWith(`${folder}/`));
}

function reachedFrom(tree: SourceTree, entries: readonly string[]): Set<string> {
  const alive = new Set<string>();
  const reach = (path: string) => {
    const source = tree.get(path);
    if (source === undefined || alive.has(path)) return;
    alive.add(path);
    importsOf(path, source).forEach(reach);
  };
  entries.forEach(reach);
  return alive;
}

function sources(tree: SourceTree): [string, string][] {
  return [...tree].filter(([path]) => isTypeScript(path));
}
