import type { Item } from '../../adapters/aws/dynamo/item.ts';
import type { Condition, UpdateExpression } from '../../adapters/aws/dynamo/dynamo-table.ts';

type Attributes = Pick<Condition, 'names' | 'values'>;

/** Whether a condition of the kinds used by the stores holds: comparisons and functions of one attribute, joined by AND
 *  and OR without parentheses. Throws for any other. */
export function holds(item: Item | undefined, { expression, ...attributes }: Condition): boolean {
  return expression
    .split(' OR ')
    .some((part) => part.split(' AND ').every((term) => termHolds(item, term.trim(), attributes)));
}

function termHolds(item: Item | undefined, term: string, attributes: Attributes): boolean {
  const [, called, inside = '', second] = /^(\w+)\(([#\w]+)(?:, (:\w+))?\)$/.exec(term) ?? [];
  const value = item?.[nameOf(inside, attributes)];
  if (called === 'attribute_exists') return value !== undefined;
  if (called === 'attribute_not_exists') return value === undefined;
  if (called === 'begins_with')
    return typeof value === 'string' && value.startsWith(valueOf(second, attributes) as string);
  const [, name = '', operator, operand] = /^([#\w]+) (=|<>|<|<=|>|>=) (:\w+)$/.exec(term) ?? [];
  const left = item?.[nameOf(name, attributes)] as string | number | undefined;
  const right = valueOf(operand, attributes) as string | number;
  if (operator === '<>') return left !== right;
  if (left === undefined && operator !== undefined) return false;
  if (operator === '=') return left === right;
  const order = left === right ? 0 : (left as string | number) < right ? -1 : 1;
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  if (operator === '>') return order > 0;
  if (operator === '>=') return order >= 0;
  throw new Error(`No condition that is understood here: ${term}`);
}

/** The item after an update by SET of values, ADD of numbers and REMOVE. Throws for anything else. */
export function updated(item: Item, { update, ...attributes }: UpdateExpression): Item {
  const after: Record<string, unknown> = { ...item };
  for (const clause of update.split(/ (?=SET |ADD |REMOVE )/)) {
    const [, verb, rest = ''] = /^(SET|ADD|REMOVE) (.+)$/.exec(clause.trim()) ?? [];
    if (verb === undefined) throw new Error(`No update that is understood here: ${clause}`);
    for (const part of rest.split(',')) change(after, verb, { part: part.trim(), attributes });
  }
  return after as Item;
}

interface Part {
  readonly part: string;
  readonly attributes: Attributes;
}

function change(after: Record<string, unknown>, verb: string, { part, attributes }: Part): void {
  const [, written = '', operand] = /^([#\w]+)(?:(?: =)? (:\w+))?$/.exec(part) ?? [];
  const name = nameOf(written, attributes);
  if (verb === 'REMOVE') delete after[name];
  else if (verb === 'SET') after[name] = valueOf(operand, attributes);
  else after[name] = ((after[name] as number | undefined) ?? 0) + Number(valueOf(operand, attributes));
}

function nameOf(written: string, { names }: Attributes): string {
  return written.startsWith('#') ? (names?.[written] ?? written) : written;
}

function valueOf(operand: string | undefined, { values }: Attributes): unknown {
  if (operand === undefined || values?.[operand] === undefined) throw new Error(`There is no value ${operand}`);
  return values[operand];
}
