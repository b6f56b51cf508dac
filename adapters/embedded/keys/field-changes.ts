import type { PersonField } from '../../../events/person-field.ts';

/** Returns the replacement of a text about a person. `field` is the path that names it, the same for all elements of a
 *  list. */
export type TextChange = (text: string, person: string, field: string) => string;

/** Returns a copy of the data in which the texts of some fields are changed; the data itself if it has none of them.
 *  Keys keep their order. */
export function changeTexts(data: unknown, fields: readonly PersonField[], change: TextChange): unknown {
  let changed = data;
  for (const { field, person } of fields)
    changed = changeField(changed, stepsOf(field), { at: stepsOf(person), field, change });
  return changed;
}

const split = new Map<string, readonly string[]>();

function stepsOf(path: string): readonly string[] {
  let steps = split.get(path);
  if (steps === undefined) split.set(path, (steps = path.split('.')));
  return steps;
}

interface Change {
  readonly change: TextChange;
  readonly field: string;
  /** The relative path of the person's id. */
  readonly at?: readonly string[];
  /** The person, once the id was read. */
  readonly id?: string;
}

function changeField(value: unknown, steps: readonly string[], whose: Change): unknown {
  const [step] = steps;
  const { id, field, change } = whose;
  if (step === undefined) return id === undefined ? value : changeAll(value, (text) => change(text, id, field));
  if (typeof value !== 'object' || value === null) return value;
  const inside = below(value, step, whose);
  const rest = steps.slice(1);
  if (step === '*') return mapped(value, (each) => changeField(each, rest, inside));
  if (!Object.hasOwn(value, step)) return value;
  return { ...value, [step]: changeField((value as Record<string, unknown>)[step], rest, inside) };
}

/** If no person is named, which parsed events never do, nothing is changed. */
function below(value: object, step: string, { at, id, field, change }: Change): Change {
  if (at === undefined) return id === undefined ? { field, change } : { id, field, change };
  const [first, ...rest] = at;
  if (first === step && rest.length > 0) return { at: rest, field, change };
  let found: unknown = value;
  for (const name of at) found = (found as Record<string, unknown> | null | undefined)?.[name];
  return typeof found === 'string' ? { id: found, field, change } : { field, change };
}

function changeAll(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  return typeof value === 'object' && value !== null ? mapped(value, (each) => changeAll(each, change)) : value;
}

function mapped(value: object, change: (each: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, change(each)]));
}
