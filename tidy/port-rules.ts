import { withoutComments, type SourceTree } from './source-tree.ts';

const PORT = /^ports\/[^/]+\.ts$/;
const DECLARATION = /^(?:import\b|(?:export )?(?:declare )?(?:interface|type)\b|[\])}])/;
const CONSTANT = /^(?:export )?const (?<name>\w+)/;

/** Ports that hold more than interfaces and the constants that belong to their contracts, as `file: what`. What
 *  adapters do alike is in adapters/shared/. */
export function portBreaches(tree: SourceTree): string[] {
  return [...tree]
    .filter(([path]) => PORT.test(path))
    .flatMap(([path, source]) => statementsOf(source).flatMap((text) => breachOf(text).map((is) => `${path}: ${is}`)));
}

/** Each begins with the only of its lines that is not indented; closing brackets count as statements. */
function statementsOf(source: string): string[] {
  return withoutComments(source)
    .split(/\n(?=\S)/)
    .filter((text) => text.trim() !== '');
}

function breachOf(statement: string): string[] {
  if (DECLARATION.test(statement)) return [];
  const constant = CONSTANT.exec(statement)?.groups?.['name'];
  if (constant === undefined) return [`does more than declare: ${statement.split('\n')[0] ?? ''}`];
  return /\(|=>|\bfunction\b/.test(statement) ? [`${constant} is no plain constant`] : [];
}
