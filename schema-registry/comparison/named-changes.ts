import { fieldChanges } from './field-changes.ts';
import { numberChanges, sizeChanges, stringChanges, valuesChanges } from './scalar-changes.ts';
import { wordsFor } from './misfit.ts';
import { isSame, resolved, textOf, type CanonicalForm, type Shape } from './shape.ts';
import { areSimilar } from './union-containment.ts';
import type { NamedChange, Walk } from './named-change.ts';

/** Names the differences between two readers. */
export function namedChanges(before: CanonicalForm, after: CanonicalForm): NamedChange[] {
  return changesOf(before.shape, after.shape, { before, after, path: '', pairs: new Set(), changesOf });
}

function changesOf(a: Shape, b: Shape, walk: Walk): NamedChange[] {
  if (a.kind === 'recursive' || b.kind === 'recursive') {
    const pair = `${textOf(a)} ${textOf(b)}`;
    if (walk.pairs.has(pair)) return [];
    const inside = { ...walk, pairs: new Set([...walk.pairs, pair]) };
    return changesOf(resolved(a, walk.before), resolved(b, walk.after), inside);
  }
  if (isSettled(a, b, walk)) return [];
  return [...traitChanges(a, b, walk.path), ...shapeChanges(withoutTraits(a), withoutTraits(b), walk)];
}

// Recursive shapes are equal by name only, and may differ in what the name stands for.
function isSettled(a: Shape, b: Shape, { before, after }: Walk): boolean {
  if (!isSame(a, b)) return false;
  return (before.recursive ?? after.recursive) === undefined || !textOf(a).includes('"recursive"');
}

function withoutTraits({ default: _, catches: __, refined: ___, ...shape }: Shape): Shape {
  return shape;
}

function traitChanges(a: Shape, b: Shape, path: string): NamedChange[] {
  const changes: NamedChange[] = [];
  if (!isSame(a.default, b.default)) {
    const [before, after] = [textOf(a.default ?? null), textOf(b.default ?? null)];
    changes.push({ rule: 'DEFAULT_CHANGED', path, says: `has the default ${after}, which was ${before}` });
  }
  if (a.catches !== b.catches)
    changes.push(
      b.catches === true
        ? { rule: 'READER_LOOSENED', path, says: 'accepts everything through .catch()' }
        : { rule: 'READER_TIGHTENED', path, says: 'no longer has a .catch()' },
    );
  const [rulesBefore, rulesAfter] = [a.refined ?? 0, b.refined ?? 0];
  if (rulesBefore !== rulesAfter)
    changes.push({
      rule: 'REFINEMENT_CHANGED',
      path,
      says: `has ${rulesAfter} rules in code, which were ${rulesBefore}`,
    });
  return changes;
}

function shapeChanges(a: Shape, b: Shape, walk: Walk): NamedChange[] {
  const { path } = walk;
  if (isSettled(a, b, walk)) return [];
  const [mayBefore, mayAfter] = [takesNull(a), takesNull(b)];
  if (mayBefore !== mayAfter) {
    const rest = shapeChangesOf(withoutNull(a), withoutNull(b), walk);
    return [
      mayAfter
        ? { rule: 'FIELD_MADE_NULLABLE', path, says: 'may be null' }
        : { rule: 'FIELD_MADE_NON_NULLABLE', path, says: 'may no longer be null' },
      ...rest,
    ];
  }
  return shapeChangesOf(a, b, walk);
}

function shapeChangesOf(a: Shape, b: Shape, walk: Walk): NamedChange[] {
  const { path } = walk;
  if (isSettled(a, b, walk)) return [];
  if (a.coerces !== b.coerces) return [typeChange(a, b, path)];
  if (a.kind === 'unseen' && b.kind === 'unseen' && a.what === b.what)
    return [
      { rule: 'REFINEMENT_CHANGED', path, says: `is ${wordsFor(b)} but holds or allows something else than before` },
    ];
  if (a.kind === 'values' && b.kind === 'values') return valuesChanges(a, b, path);
  if (a.kind === 'values' && isListed(a.values, b))
    return [{ rule: 'ENUM_WIDENED', path, says: `accepts ${wordsFor(b)}, not only ${wordsFor(a)}` }];
  if (b.kind === 'values' && isListed(b.values, a))
    return [{ rule: 'ENUM_NARROWED', path, says: `accepts only ${wordsFor(b)}` }];
  if (a.kind === 'union' || b.kind === 'union') return unionChanges(branchesOf(a), branchesOf(b), walk);
  if (a.kind === 'string' && b.kind === 'string') return stringChanges(a, b, path);
  if (a.kind === 'number' && b.kind === 'number') return numberChanges(a, b, path);
  if (a.kind === 'object' && b.kind === 'object') return fieldChanges(a, b, walk);
  if (a.kind === 'array' && b.kind === 'array') {
    const items = { ...walk, path: `${path}[]` };
    const places = Array.from({ length: Math.max(a.first?.length ?? 0, b.first?.length ?? 0) });
    return [
      ...sizeChanges(a, b, { path, what: 'items' }),
      ...places.flatMap((_, at) => changesOf(a.first?.[at] ?? a.items, b.first?.[at] ?? b.items, items)),
      ...changesOf(a.items, b.items, items),
    ];
  }
  return [typeChange(a, b, path)];
}

function isListed(values: readonly unknown[], shape: Shape): boolean {
  return values.every((value) => typeof value === shape.kind);
}

function typeChange(a: Shape, b: Shape, path: string): NamedChange {
  const coerced = b.coerces === undefined ? '' : ', turning other types into it';
  return { rule: 'TYPE_CHANGED', path, says: `is ${wordsFor(b)}${coerced}, and was ${wordsFor(a)}` };
}

function branchesOf(shape: Shape): readonly Shape[] {
  return shape.kind === 'union' ? shape.branches : [shape];
}

// Similar branches are compared; the others were added or removed.
function unionChanges(before: readonly Shape[], after: readonly Shape[], walk: Walk): NamedChange[] {
  const left = [...after];
  const changes: NamedChange[] = [];
  const gone: Shape[] = [];
  for (const branch of before) {
    const same = left.findIndex((other) => isSame(other, branch));
    const at = same === -1 ? left.findIndex((other) => areSimilar(other, branch)) : same;
    const [match] = at === -1 ? [] : left.splice(at, 1);
    if (match === undefined) gone.push(branch);
    else changes.push(...changesOf(branch, match, walk));
  }
  const { path } = walk;
  if (gone.length > 0 && left.length > 0 && gone.length === before.length)
    return [typeChange(asOne(before), asOne(after), path)];
  const removed = gone.map((branch): NamedChange => ({
    rule: 'UNION_NARROWED',
    path,
    says: `no longer accepts ${wordsFor(branch)}`,
  }));
  const added = left.map((branch): NamedChange => ({
    rule: 'UNION_WIDENED',
    path,
    says: `also accepts ${wordsFor(branch)}`,
  }));
  return [...changes, ...removed, ...added];
}

function asOne(branches: readonly Shape[]): Shape {
  return { kind: 'union', branches };
}

function takesNull(shape: Shape): boolean {
  if (shape.kind === 'values') return shape.values.includes(null) && shape.values.length > 1;
  return (
    shape.kind === 'union' && shape.branches.some((branch) => branch.kind === 'values' && branch.values.includes(null))
  );
}

function withoutNull(shape: Shape): Shape {
  if (!takesNull(shape)) return shape;
  if (shape.kind === 'values') return { ...shape, values: shape.values.filter((value) => value !== null) };
  if (shape.kind !== 'union') return shape;
  const rest = shape.branches.flatMap((branch): Shape[] => {
    if (branch.kind !== 'values' || !branch.values.includes(null)) return [branch];
    const values = branch.values.filter((value) => value !== null);
    return values.length === 0 ? [] : [{ ...branch, values }];
  });
  const [only] = rest;
  return only !== undefined && rest.length === 1 ? only : { ...shape, branches: rest };
}
