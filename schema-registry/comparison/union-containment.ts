import { defined } from '../../events/defined.ts';
import { readerShape, refused, unproven, wordsFor, type Compare, type Misfit, type ComparedPlace } from './misfit.ts';
import { isSame, type ObjectShape, type Shape, type UnionShape, type ValuesShape } from './shape.ts';

interface With {
  readonly place: ComparedPlace;
  readonly compare: Compare;
}

/** The reader accepts one of several. What fits none of them alone may still fit several together: an enum whose values
 *  are spread over the branches, an object distinguished by a field. */
export function unionMisfits(writer: Shape, reader: UnionShape, { place, compare }: With): Misfit[] {
  const branches = reader.branches.map((branch) => readerShape(branch, place));
  if (reader.exclusive === true) return exclusiveMisfits(writer, branches, { place, compare });
  const found = branches.map((branch) => compare(writer, branch, place));
  if (found.some((misfits) => misfits.length === 0)) return [];
  const parts = split(writer, branches);
  if (parts.length > 1) return parts.flatMap((part) => unionMisfits(part, reader, { place, compare }));

  const candidates = branches.flatMap((branch, index) => (mayTake(branch, writer) ? [found[index] ?? []] : []));
  const [only = []] = candidates;
  if (candidates.length === 1) return only;
  const says = `${wordsFor(writer)}, where the reader takes ${wordsFor(reader)}`;
  return [candidates.length === 0 ? refused(place, says) : unproven(place, says)];
}

function exclusiveMisfits(writer: Shape, branches: readonly Shape[], { place, compare }: With): Misfit[] {
  const fits = branches.filter((branch) => compare(writer, branch, place).length === 0);
  const others = branches.filter((branch) => branch !== fits[0] && mayTake(branch, writer));
  if (fits.length === 1 && others.length === 0) return [];
  return [unproven(place, 'values that more than one branch of an exclusive union may take')];
}

/** Whether the branch accepts any of the written values; if not, it does not help to explain the refusal. */
function mayTake(branch: Shape, writer: Shape): boolean {
  if (branch.catches === true || branch.coerces !== undefined) return true;
  if (['any', 'unseen', 'both', 'union'].includes(branch.kind)) return true;
  if (branch.kind === 'object' && writer.kind === 'object') return tagsOverlap(branch, writer);
  if (writer.kind === 'any' || writer.kind === 'unseen' || writer.kind === 'both') return true;
  if (branch.kind === 'values') return branch.values.some((value) => isOfKind(value, writer));
  if (writer.kind === 'values') return writer.values.some((value) => isOfKind(value, branch));
  return branch.kind === writer.kind;
}

function isOfKind(value: unknown, shape: Shape): boolean {
  if (shape.kind === 'values') return shape.values.some((one) => one === value);
  return typeof value === shape.kind;
}

function tagsOverlap(a: ObjectShape, b: ObjectShape): boolean {
  return Object.entries(a.fields).every(([name, field]) => {
    const other = b.fields[name];
    if (other === undefined || !field.required || !other.required) return true;
    if (field.shape.kind !== 'values' || other.shape.kind !== 'values') return true;
    const values = new Set(other.shape.values);
    return field.shape.values.some((value) => values.has(value));
  });
}

function split(writer: Shape, branches: readonly Shape[]): Shape[] {
  if (writer.kind === 'values') return writer.values.map((value) => oneOf(writer, value));
  if (writer.kind === 'boolean')
    return branches.some((branch) => branch.kind === 'values')
      ? [true, false].map((value) => oneOf(writer, value))
      : [];
  if (writer.kind !== 'object') return [];
  const tag = Object.entries(writer.fields).find(([name, { shape, required }]) => {
    if (!required || shape.kind !== 'values' || shape.values.length < 2) return false;
    return branches.some((branch) => branch.kind === 'object' && branch.fields[name]?.shape.kind === 'values');
  });
  if (tag === undefined) return [];
  const [name, { shape }] = tag;
  return (shape as ValuesShape).values.map((value) => {
    const field = { required: true, shape: oneOf(shape, value) };
    return { ...writer, fields: { ...writer.fields, [name]: field } };
  });
}

function oneOf(shape: Shape, value: ValuesShape['values'][number]): ValuesShape {
  return { kind: 'values', values: [value], ...defined({ refined: shape.refined }) };
}

/** Whether two branches of a union describe the same thing, so that comparing them tells more than one removal and one
 *  addition. */
export function areSimilar(a: Shape, b: Shape): boolean {
  if (a.kind === 'object' && b.kind === 'object') return tagsOverlap(a, b);
  return a.kind === b.kind || isSame(a, b);
}
