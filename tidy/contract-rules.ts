import { importsOf, isTest, isTypeScript, withoutComments, type SourceTree } from './source-tree.ts';

/** Ports that an adapter folder implements without a contract suite. An adapter that imports a port (an interface with
 *  methods) implements it, so some contract must cover that port, and a test of the folder must call that contract. */
export function contractBreaches(tree: SourceTree): string[] {
  const ports = portsOf(tree);
  return [...adapterFolders(tree)].flatMap((folder) =>
    ports.filter((port) => implementedIn(tree, folder, port)).flatMap((port) => proofOf(tree, folder, port)),
  );
}

interface Port {
  readonly path: string;
  readonly interfaces: readonly string[];
}

/** The files of ports/ with an interface with methods; the others define only data. */
export function portsOf(tree: SourceTree): Port[] {
  return [...tree]
    .filter(([path]) => /^ports\/[a-z-]+\.ts$/.test(path) && !isTest(path))
    .map(([path, source]) => ({ path, interfaces: interfacesWithMethods(source) }))
    .filter((port) => port.interfaces.length > 0);
}

function interfacesWithMethods(source: string): string[] {
  const declared = [...withoutComments(source).matchAll(/^export interface (\w+)[^{]*\{([\s\S]*?)^\}/gm)];
  return declared.filter(([, , body = '']) => /^ {2}\w+(<.*>)?\(/m.test(body)).map(([, name = '']) => name);
}

function adapterFolders(tree: SourceTree): Set<string> {
  const folders = [...tree.keys()].map((path) => /^adapters\/[a-z-]+(?=\/)/.exec(path)?.[0]);
  return new Set(folders.filter((folder) => folder !== undefined));
}

function implementedIn(tree: SourceTree, folder: string, port: Port): boolean {
  const names = new RegExp(`\\b(${port.interfaces.join('|')})\\b`);
  return filesOf(tree, folder).some(
    ([path, source]) =>
      !isTest(path) && importsOf(path, source).includes(port.path) && names.test(withoutComments(source)),
  );
}

function proofOf(tree: SourceTree, folder: string, port: Port): string[] {
  const contracts = [...tree].filter(
    ([path, source]) => /^ports\/contracts\/.*\.contract\.ts$/.test(path) && asksOf(port, path, source),
  );
  if (contracts.length === 0) return [`${folder} implements ${port.path}, which no contract covers`];
  const called = contracts.some(([path, source]) => isCalledIn(tree, folder, { path, source }));
  const names = contracts.map(([path]) => path).join(', ');
  return called ? [] : [`${folder} implements ${port.path}, and no test there calls ${names}`];
}

// A contract covers a port if it imports the port, or if its documentation names the port's interface: a write-only
// store is tested through the reader of the same engine.
function asksOf(port: Port, path: string, source: string): boolean {
  return importsOf(path, source).includes(port.path) || port.interfaces.some((name) => source.includes(`${name} `));
}

function isCalledIn(tree: SourceTree, folder: string, contract: { path: string; source: string }): boolean {
  const suites = [...contract.source.matchAll(/^export (?:async )?function (\w+)/gm)].map(([, name = '']) => name);
  if (suites.length === 0) return false;
  const call = new RegExp(`\\b(${suites.join('|')})\\(`);
  return filesOf(tree, folder).some(
    ([path, source]) => isTest(path) && importsOf(path, source).includes(contract.path) && call.test(source),
  );
}

function filesOf(tree: SourceTree, folder: string): [string, string][] {
  return [...tree].filter(([path]) => path.startsWith(`${folder}/`) && isTypeScript(path));
}
