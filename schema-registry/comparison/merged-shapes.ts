import { defined } from '../../events/defined.ts';
import { tighter } from './scalar-shapes.ts';
import {
  byText,
  isSame,
  type Field,
  type ObjectShape,
  type Shape,
  type StringShape,
  type NumberShape,
} from './shape.ts';

/** The intersection, as one shape if that can be expressed; else the two side by side. */
export function merged(a: Shape, b: Shape): Shape {
  if (isSame(a, b)) return a;
  if (a.kind === 'object' && b.kind === 'object') return mergedObjects(a, b);
  if (a.kind === 'string' && b.kind === 'string') return mergedStrings(a, b);
  if (a.kind === 'number' && b.kind === 'number') return mergedNumbers(a, b);
  if (a.kind === 'union' && b.kind === 'object') return distributed(a.branches, b);
  if (b.kind === 'union' && a.kind === 'object') return distributed(b.branches, a);
  const parts = [a, b].flatMap((shape) => (shape.kind === 'both' ? shape.parts : [shape]));
  return { kind: 'both', parts: byText(parts) };
}

function distributed(branches: readonly Shape[], object: ObjectShape): Shape {
  return { kind: 'union', branches: byText(branches.map((branch) => merged(branch, object))) };
}

function refinedOf(a: Shape, b: Shape): { refined?: number } {
  const refined = (a.refined ?? 0) + (b.refined ?? 0);
  return refined > 0 ? { refined } : {};
}

function mergedObjects(a: ObjectShape, b: ObjectShape): Shape {
  const names = [...new Set([...Object.keys(a.fields), ...Object.keys(b.fields)])].toSorted((x, y) => (x < y ? -1 : 1));
  const fields = names.map((name): [string, Field] => {
    const [one, other] = [a.fields[name], b.fields[name]];
    if (one === undefined || other === undefined) return [name, (one ?? other) as Field];
    return [name, { shape: merged(one.shape, other.shape), required: one.required || other.required }];
  });
  return {
    kind: 'object',
    fields: Object.fromEntries(fields),
    rest: mergedRest(a.rest, b.rest),
    ...(a.names !== undefined && b.names === undefined && { names: a.names }),
    ...(b.names !== undefined && { names: a.names === undefined ? b.names : merged(a.names, b.names) }),
    ...refinedOf(a, b),
  };
}

function mergedRest(a: ObjectShape['rest'], b: ObjectShape['rest']): ObjectShape['rest'] {
  if (a === 'closed' || b === 'closed') return 'closed';
  if (a === 'ignored') return b;
  return b === 'ignored' ? a : merged(a, b);
}

function mergedStrings(a: StringShape, b: StringShape): Shape {
  const min = Math.max(a.min ?? 0, b.min ?? 0);
  const max = Math.min(a.max ?? Infinity, b.max ?? Infinity);
  const formats = byText([...(a.formats ?? []), ...(b.formats ?? [])]);
  const patterns = byText([...(a.patterns ?? []), ...(b.patterns ?? [])]);
  return {
    kind: 'string',
    ...(min > 0 && { min }),
    ...(max < Infinity && { max }),
    ...(formats.length > 0 && { formats }),
    ...(patterns.length > 0 && { patterns }),
    ...refinedOf(a, b),
  };
}

function mergedNumbers(a: NumberShape, b: NumberShape): Shape {
  if (a.multipleOf !== undefined && b.multipleOf !== undefined && a.multipleOf !== b.multipleOf)
    return { kind: 'both', parts: byText([a, b]) };
  const [min, max] = [tighter(a.min, b.min, 1), tighter(a.max, b.max, -1)];
  const multipleOf = a.multipleOf ?? b.multipleOf;
  return {
    kind: 'number',
    ...((a.integer === true || b.integer === true) && { integer: true as const }),
    ...defined({ min, max, multipleOf }),
    ...refinedOf(a, b),
  };
}
