/** A value as JSON text. JSON.stringify fails on values nested some thousand levels deep; then the text is cut a
 *  hundred levels down, and is not whole. */
export function jsonTextOf(value: unknown): { readonly text: string; readonly whole: boolean } {
  try {
    return { text: JSON.stringify(value), whole: true };
  } catch {
    return { text: JSON.stringify(withoutDepths(value, LEVELS_MAX)), whole: false };
  }
}

const LEVELS_MAX = 100;

function withoutDepths(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return '…';
  if (Array.isArray(value)) return value.map((element) => withoutDepths(element, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withoutDepths(field, levels - 1)]));
}
