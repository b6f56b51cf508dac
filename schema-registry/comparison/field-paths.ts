import { resolved, type CanonicalForm, type Field, type ObjectShape, type Shape } from './shape.ts';

/** Every object of a form with its path, for instance `media[]`; empty for the whole. */
export function objectPaths(form: CanonicalForm): [path: string, shape: ObjectShape][] {
  return shapePaths(form).flatMap(([path, shape]) => (shape.kind === 'object' ? [[path, shape]] : []));
}

/** Every part of a form, with its path. */
export function shapePaths(form: CanonicalForm): [path: string, shape: Shape][] {
  const found: [string, Shape][] = [];
  // Names that are being visited: recursion has endless paths, so each is listed until it recurs within itself.
  const open = new Set<string>();
  const visit = (shape: Shape, path: string): void => {
    if (shape.kind === 'recursive') {
      if (open.has(shape.name)) return;
      open.add(shape.name);
      visit(resolved(shape, form), path);
      open.delete(shape.name);
      return;
    }
    found.push([path, shape]);
    if (shape.kind === 'union') shape.branches.forEach((branch) => visit(branch, path));
    if (shape.kind === 'both') shape.parts.forEach((part) => visit(part, path));
    if (shape.kind === 'array') [...(shape.first ?? []), shape.items].forEach((item) => visit(item, `${path}[]`));
    if (shape.kind !== 'object') return;
    for (const [name, field] of Object.entries(shape.fields)) visit(field.shape, inside(path, name));
    if (typeof shape.rest !== 'string') visit(shape.rest, inside(path, '*'));
  };
  visit(form.shape, '');
  return found;
}

/** Every field of a form by its path, for instance `media[].url`; with several branches, all at that path. */
export function fieldPaths(form: CanonicalForm): Map<string, Field[]> {
  const found = new Map<string, Field[]>();
  for (const [path, { fields }] of objectPaths(form))
    for (const [name, field] of Object.entries(fields)) {
      const at = inside(path, name);
      found.set(at, [...(found.get(at) ?? []), field]);
    }
  return found;
}

function inside(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
