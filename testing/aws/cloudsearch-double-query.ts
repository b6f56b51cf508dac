import type { CloudSearchField } from '../../adapters/aws/search/cloudsearch/fields.ts';

// The structured query language as used by Figtree, by the developer guide: and, or, not, term, prefix of literal
// fields, range of int fields, matchall.

export type StoredFields = Readonly<Record<string, string | number | readonly string[]>>;
export type Matches = (fields: StoredFields) => boolean;

/** Throws an Error that describes what is wrong with the query. */
export function parseQuery(text: string, fields: Readonly<Record<string, CloudSearchField>>): Matches {
  const reader = openReader(text);
  const matches = expression(reader, fields);
  reader.blanks();
  if (!reader.atEnd()) throw new Error(`[*Deprecated*: Use the outer message field] Unexpected text at ${reader.at()}`);
  return matches;
}

type Fields = Readonly<Record<string, CloudSearchField>>;
type Reader = ReturnType<typeof openReader>;

function openReader(text: string) {
  let at = 0;
  const blanks = () => void (at += /^\s*/.exec(text.slice(at))?.[0].length ?? 0);
  return {
    at: () => at,
    atEnd: () => at >= text.length,
    blanks,
    /** The match at this place, if any. */
    take(pattern: RegExp): RegExpExecArray | undefined {
      const found = new RegExp(`^(?:${pattern.source})`, 'u').exec(text.slice(at));
      if (found === null) return undefined;
      at += found[0].length;
      return found;
    },
    need(pattern: RegExp): RegExpExecArray {
      const found = new RegExp(`^(?:${pattern.source})`, 'u').exec(text.slice(at));
      if (found === null) throw new Error(`Syntax error in query: expected ${pattern.source} at ${at}`);
      at += found[0].length;
      return found;
    },
  };
}

function expression(reader: Reader, fields: Fields): Matches {
  reader.blanks();
  if (reader.take(/matchall/)) return () => true;
  reader.need(/\(/);
  const operator = reader.need(/and|or|not|term|prefix|range/)[0];
  reader.need(/ +/);
  const matches = operands(operator, reader, fields);
  reader.blanks();
  reader.need(/\)/);
  return matches;
}

function operands(operator: string, reader: Reader, fields: Fields): Matches {
  if (operator === 'term' || operator === 'prefix') {
    const field = fieldOf(reader, fields, ['literal', 'literal-array']);
    const wanted = stringIn(reader);
    const isWanted = (value: string) => (operator === 'term' ? value === wanted : value.startsWith(wanted));
    return (stored) => textsIn(stored[field]).some(isWanted);
  }
  if (operator === 'range') return range(reader, fields);
  const all = [expression(reader, fields)];
  for (reader.blanks(); operator !== 'not' && reader.take(/(?=\()/); reader.blanks())
    all.push(expression(reader, fields));
  if (operator === 'not') return (stored) => !all[0]?.(stored);
  return operator === 'and' ? (stored) => all.every((one) => one(stored)) : (stored) => all.some((one) => one(stored));
}

function range(reader: Reader, fields: Fields): Matches {
  const field = fieldOf(reader, fields, ['int']);
  const [, open = '', low = '', high = '', close = ''] = reader.need(/([[{])(-?\d*),(-?\d*)([\]}])/);
  if (low === '' && open === '[') throw new Error('a bound that is left out takes a brace');
  if (high === '' && close === ']') throw new Error('a bound that is left out takes a brace');
  const isAbove = (value: number) => low === '' || (open === '[' ? value >= Number(low) : value > Number(low));
  const isBelow = (value: number) => high === '' || (close === ']' ? value <= Number(high) : value < Number(high));
  return (stored) => {
    const value = stored[field];
    return typeof value === 'number' && isAbove(value) && isBelow(value);
  };
}

function fieldOf(reader: Reader, fields: Fields, types: readonly string[]): string {
  const [, name = ''] = reader.need(/field=([a-z][a-z0-9_]*) +/);
  const field = fields[name];
  if (field === undefined || !field.search) throw new Error(`the field ${name} cannot be searched`);
  if (!types.includes(field.type)) throw new Error(`the field ${name} is of type ${field.type}`);
  return name;
}

function stringIn(reader: Reader): string {
  const [, text = ''] = reader.need(/'((?:[^'\\]|\\[\s\S])*)'/);
  return text.replace(/\\([\s\S])/g, '$1');
}

function textsIn(value: string | number | readonly string[] | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' ? value : [];
}
