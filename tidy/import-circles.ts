import { importsOf, isTest, isTypeScript, type SourceTree } from './source-tree.ts';

/** Groups of files that import one another, types included, as `a.ts ⇄ b.ts`. A thread belongs to the file that starts it, so
 *  the two may not import each other either. */
export function importCircles(tree: SourceTree): string[] {
  const files = [...tree].filter(([path]) => isTypeScript(path) && !isTest(path));
  const imports = new Map(
    files.map(([path, source]) => [path, importsOf(path, source).filter((name) => tree.has(name))]),
  );
  return connected(imports)
    .filter((group) => group.length > 1)
    .map((group) => group.toSorted().join(' ⇄ '));
}

/** The strongly connected components of a graph (R. Tarjan, 1972). */
function connected(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const components: string[][] = [];
  const lower = (node: string, to: number) => lowest.set(node, Math.min(lowest.get(node) ?? to, to));

  function visit(node: string): void {
    order.set(node, order.size);
    lower(node, order.size - 1);
    open.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) {
        visit(next);
        lower(node, lowest.get(next) ?? 0);
      } else if (open.includes(next)) lower(node, order.get(next) ?? 0);
    }
    if (lowest.get(node) === order.get(node)) components.push(open.splice(open.indexOf(node)));
  }

  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return components;
}
