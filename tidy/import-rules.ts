import { importsOf, isTest, isTypeScript, withoutComments, type SourceTree } from './source-tree.ts';

interface Folder {
  /** Folders of the project that it may import besides itself. */
  readonly folders: readonly string[];
  /** Packages and modules of Node; a name that ends in `*` matches every name with that prefix. */
  readonly modules: readonly string[];
}

const PURE_NODE = ['node:async_hooks', 'node:crypto', 'node:util', 'node:buffer'];
const RESILIENCE = 'resilience';
const INNER = ['events', 'schema-registry', 'ports', RESILIENCE, 'producers', 'projections', 'consumers', 'replay'];
// What is needed to change events, and not to read them: for tools alone.
const COMPARISON = 'schema-registry/comparison';
const SAMPLES = 'schema-registry/samples';
const CHECK = 'schema-registry/check';
const DOCUMENTS = 'schema-registry/documents';
const REGISTRY = ['events', 'schema-registry'];
const EVERYTHING_PURE = [...INNER, COMPARISON, SAMPLES, CHECK, DOCUMENTS];
const CONTRACTS = 'ports/contracts';
const SHARED = 'adapters/shared';
const PLANTED = 'acceptance/chaos/planted';
const TESTING = 'testing';
const DISK = 'adapters/disk';
const HTTP = 'adapters/http';
const ENGINE = 'engine';
const ADAPTERS = ['adapters/embedded', 'adapters/aws'];
const ENGINES = [...ADAPTERS, 'apps/embedded', 'apps/aws'];
const CLI_ENGINES = 'apps/cli/engines';
const SHARED_APPS = [
  'apps',
  'apps/threads',
  'apps/parity',
  'apps/schema-files',
  'apps/catalog-site',
  'apps/projections',
];
const APPS = [...SHARED_APPS, 'apps/server', 'apps/embedded', 'apps/aws', 'apps/lambda', 'apps/cli', CLI_ENGINES];
const FEATURES = 'features';

/** The arrows of ARCHITECTURE.md. A file belongs to the longest of these folders that holds it. */
const folders: Readonly<Record<string, Folder>> = {
  events: { folders: [], modules: ['zod', 'node:async_hooks'] },
  'schema-registry': { folders: ['events'], modules: ['zod'] },
  [COMPARISON]: { folders: REGISTRY, modules: ['zod', 'node:crypto'] },
  [`${COMPARISON}/testing`]: { folders: [...REGISTRY, COMPARISON], modules: ['zod', 'fast-check'] },
  [SAMPLES]: { folders: REGISTRY, modules: ['zod', 'fast-check'] },
  [CHECK]: { folders: [...REGISTRY, COMPARISON, SAMPLES], modules: ['zod'] },
  [DOCUMENTS]: { folders: [...REGISTRY, COMPARISON, SAMPLES, CHECK], modules: ['zod'] },
  ports: { folders: ['events'], modules: [] },
  // Knows nothing of Figtree, and no timers but the global ones, which tests replace.
  [RESILIENCE]: { folders: [], modules: [] },
  [CONTRACTS]: { folders: ['events', 'ports'], modules: ['vitest', 'fast-check', ...PURE_NODE] },
  producers: { folders: ['events', 'schema-registry', 'ports', RESILIENCE], modules: ['zod', ...PURE_NODE] },
  projections: { folders: ['events', 'ports'], modules: ['zod'] },
  consumers: { folders: ['events', 'schema-registry', 'ports', RESILIENCE, 'projections'], modules: ['node:util'] },
  replay: { folders: INNER, modules: [] },
  // Pure functions of the ports' data that adapters of several engines need alike.
  [SHARED]: { folders: ['events', 'ports'], modules: [] },
  // What any writer to the disk needs.
  [DISK]: { folders: [], modules: ['node:fs', 'node:path'] },
  'adapters/embedded': {
    folders: ['events', 'ports', RESILIENCE, SHARED, DISK],
    modules: ['node:*', 'eventemitter3'],
  },
  'adapters/aws': {
    folders: ['events', 'ports', RESILIENCE, SHARED],
    modules: ['node:*', '@aws-sdk/*', '@smithy/*', '@opensearch-project/*', 'eventemitter3'],
  },
  // Requests to other systems.
  [HTTP]: { folders: ['events', RESILIENCE], modules: ['node:crypto'] },
  // What the monolith imports: a composition root within another process. A test of it keeps its dependencies small.
  'producers/monolith': { folders: ['events', 'producers', 'adapters/aws'], modules: [] },
  // What every engine offers, and the parts of it that need no infrastructure.
  [ENGINE]: { folders: INNER, modules: [] },
  // What a team adds: a projection of its own with its consumers, stores and routes, one folder each.
  [FEATURES]: {
    folders: [...INNER, ENGINE, HTTP, ...ENGINES, ...SHARED_APPS, 'apps/server'],
    modules: ['zod', '@hono/zod-openapi'],
  },
  // What all apps share: configuration, logging, sources of imports.
  apps: { folders: [...EVERYTHING_PURE, ENGINE], modules: ['*'] },
  'apps/threads': { folders: ['events', RESILIENCE, 'apps'], modules: ['*'] },
  'apps/parity': { folders: [...INNER, ENGINE, HTTP, 'apps'], modules: ['*'] },
  'apps/schema-files': { folders: ['events', 'schema-registry', COMPARISON, CHECK], modules: ['*'] },
  // Draws the lineage that it is given.
  'apps/catalog-site': {
    folders: [...REGISTRY, COMPARISON, SAMPLES, DOCUMENTS, 'apps/schema-files', 'apps/server'],
    modules: ['*'],
  },
  // Serves whichever engine it is given.
  'apps/server': {
    folders: [...INNER, ENGINE, HTTP, 'apps', 'apps/projections', 'apps/catalog-site'],
    modules: ['*'],
  },
  // The only place that names the parts of both engines, each loaded when its engine asks for it.
  'apps/projections': {
    folders: [...INNER, ENGINE, ...ENGINES, 'apps/parity', 'apps/server', FEATURES],
    modules: [],
  },
  'apps/embedded': {
    folders: [...EVERYTHING_PURE, ENGINE, 'adapters/embedded', ...SHARED_APPS],
    modules: ['*'],
  },
  'apps/aws': {
    folders: [...INNER, ENGINE, 'adapters/aws', 'apps', 'apps/parity', 'apps/projections', 'apps/server'],
    modules: ['*'],
  },
  'apps/lambda': { folders: ['apps/aws'], modules: [] },
  'apps/cli': {
    folders: [...EVERYTHING_PURE, ENGINE, DISK, ...SHARED_APPS, 'apps/server', CLI_ENGINES],
    modules: ['*'],
  },
  // Does what commands ask with the engine that the environment names: the composition root of the command line.
  [CLI_ENGINES]: {
    folders: [...EVERYTHING_PURE, ENGINE, ...ENGINES, ...SHARED_APPS, 'apps/cli'],
    modules: ['node:fs', 'node:path'],
  },
  bench: {
    folders: [...EVERYTHING_PURE, ENGINE, ...ADAPTERS, ...APPS, FEATURES, TESTING],
    modules: ['*'],
  },
  // What tests, benchmarks and acceptance share. Nothing that ships lists it.
  [TESTING]: {
    folders: [...EVERYTHING_PURE, CONTRACTS, `${COMPARISON}/testing`, ENGINE, ...ADAPTERS, ...APPS, FEATURES],
    modules: ['*'],
  },
  acceptance: { folders: ['events', ENGINE, ...APPS, FEATURES, TESTING, PLANTED, 'docs/examples'], modules: ['*'] },
  // Faults that are injected into a process from outside.
  [PLANTED]: { folders: ['events', 'consumers', 'replay'], modules: ['*'] },
  'docs/examples': { folders: [...INNER, HTTP], modules: ['zod'] },
  tidy: { folders: [], modules: ['node:fs', 'node:path'] },
};

/** Where SQLite, the disk and the environment may be used. Tests may as well: they create folders and start
 *  processes. */
const MAY_TOUCH_DISK = [
  DISK,
  ...ENGINES,
  'apps',
  'apps/parity',
  'apps/schema-files',
  'apps/catalog-site',
  'apps/cli',
  CLI_ENGINES,
  TESTING,
  'bench',
  'acceptance',
  PLANTED,
  'tidy',
];
const MAY_READ_ENVIRONMENT = [
  'apps/aws',
  'apps/cli',
  CLI_ENGINES,
  'apps/lambda',
  'apps/parity',
  TESTING,
  'bench',
  'acceptance',
  PLANTED,
];
const DISK_MODULES = /^node:(sqlite|fs|fs\/promises)$/;
const ENVIRONMENT = 'node:process';
/** Not replaced by the fake timers of tests. */
const TIMERS = /^(node:)?timers\b/;
const MAY_WAIT = [TESTING, 'bench', 'acceptance', PLANTED];

/** Every forbidden import, as `file: what is wrong`. */
export function importBreaches(tree: SourceTree): string[] {
  return sources(tree).flatMap(([path, source]) => breachesOf(path, source).map((breach) => `${path}: ${breach}`));
}

function breachesOf(path: string, source: string): string[] {
  const folder = folderOf(path);
  // Files in the root (configuration and the tests of the whole) belong to no folder and are imported by none. Tests
  // import what they need: the arrows are about shipped code.
  if (!path.includes('/') || isTest(path)) return [];
  if (folder === undefined) return ['lies in a folder that has no rule for its imports'];
  return [
    ...importsOf(path, source).flatMap((name) => breachOfImport(folder, name)),
    ...hiddenImports(source),
    ...(MAY_READ_ENVIRONMENT.includes(folder) ? [] : environment(source)),
  ];
}

function breachOfImport(folder: string, name: string): string[] {
  const rule = folders[folder];
  if (rule === undefined) return [];
  if (name.endsWith('.ts') && !name.startsWith('node:')) {
    const target = folderOf(name);
    if (isTest(name)) return [`imports the test ${name}`];
    if (target === folder || (target !== undefined && rule.folders.includes(target))) return [];
    return [`imports ${name}: ${folder} may import ${[folder, ...rule.folders].join(', ')}`];
  }
  if (DISK_MODULES.test(name) && !MAY_TOUCH_DISK.includes(folder)) return [`imports ${name}: it belongs behind a port`];
  if (TIMERS.test(name) && !MAY_WAIT.includes(folder)) return [`imports ${name}: wait by ${RESILIENCE}/clock.ts`];
  if (name === ENVIRONMENT && !MAY_READ_ENVIRONMENT.includes(folder)) return [`imports ${name}: only apps read it`];
  return allowsModule(rule, name)
    ? []
    : [`imports ${name}: ${folder} may import ${rule.modules.join(', ') || 'nothing'}`];
}

function allowsModule(rule: Folder, name: string): boolean {
  return rule.modules.some((module) => (module.endsWith('*') ? name.startsWith(module.slice(0, -1)) : name === module));
}

/** Imports that cannot be followed by reading the source. */
function hiddenImports(source: string): string[] {
  const code = withoutComments(source);
  const computed = /\bimport\s*\(\s*(?!['"`])/.test(code) || /\bimport\s*\(\s*`[^`]*\$\{/.test(code);
  const other = /\b(require|createRequire|getBuiltinModule)\s*\(/.exec(code);
  return [
    ...(computed ? ['imports something that is computed'] : []),
    ...(other === null ? [] : [`imports by ${other[1] ?? ''}()`]),
  ];
}

function environment(source: string): string[] {
  const reads = /\bprocess\s*\.\s*env\b|\bprocess\s*\[|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/;
  return reads.test(withoutComments(source)) ? ['reads the environment'] : [];
}

/** The folder of the table that a file belongs to. */
function folderOf(path: string): string | undefined {
  return Object.keys(folders)
    .filter((folder) => path.startsWith(`${folder}/`))
    .toSorted((a, b) => b.length - a.length)[0];
}

function sources(tree: SourceTree): [string, string][] {
  return [...tree].filter(([path]) => isTypeScript(path));
}
