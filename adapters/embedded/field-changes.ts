import type { PersonField } from '../../events/person-field.ts';

/** Gives what stands for a text about a person. */
export type TextChange = (text: string, person: string) => string;

/** A copy of the data in which the texts of some fields are changed; the data itself if it has none of them. Keys keep their
 *  order. */
export function changeTexts(data: unknown, fields: readonly PersonField[], change: TextChange): unknown {
  let changed = data;
  for (const { field, person } of fields)
    changed = changeField(changed, stepsOf(field), { at: stepsOf(person) }, change);
  return changed;
}

const split = new Map<string, readonly string[]>();

function stepsOf(path: string): readonly string[] {
  let steps = split.get(path);
  if (steps === undefined) split.set(path, (steps = path.split('.')));
  return steps;
}

/** Where the person's id stands, seen from here, or who it is. */
type Whose = { readonly at: readonly string[] } | { readonly id: string };

function changeField(value: unknown, steps: readonly string[], whose: Whose, change: TextChange): unknown {
  const [step] = steps;
  if (step === undefined) return 'id' in whose ? changeAll(value, (text) => change(text, whose.id)) : value;
  if (typeof value !== 'object' || value === null) return value;
  const next = below(value, step, whose);
  if (next === undefined) return value;
  const rest = steps.slice(1);
  if (step === '*') return mapped(value, (each) => changeField(each, rest, next, change));
  const part = (value as Record<string, unknown>)[step];
  if (part === undefined || !Object.hasOwn(value, step)) return value;
  return { ...value, [step]: changeField(part, rest, next, change) };
}

/** Undefined if nobody is named, which no parsed event does. */
function below(value: object, step: string, whose: Whose): Whose | undefined {
  if ('id' in whose) return whose;
  const [first, ...rest] = whose.at;
  if (first === step && rest.length > 0) return { at: rest };
  let id: unknown = value;
  for (const name of whose.at) id = (id as Record<string, unknown> | undefined)?.[name];
  return typeof id === 'string' ? { id } : undefined;
}

function changeAll(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  return typeof value === 'object' && value !== null ? mapped(value, (each) => changeAll(each, change)) : value;
}

function mapped(value: object, change: (each: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, change(each)]));
}
