import { inField, readerShape, refused, unproven, type Compare, type Misfit, type ComparedPlace } from './misfit.ts';
import { valuesMisfits } from './scalar-containment.ts';
import type { Field, ObjectShape, Shape } from './shape.ts';

interface With {
  readonly place: ComparedPlace;
  readonly compare: Compare;
}

export function objectMisfits(writer: ObjectShape, reader: ObjectShape, { place, compare }: With): Misfit[] {
  const found: Misfit[] = [];
  for (const [name, read] of Object.entries(reader.fields)) {
    const at = { place: inField(place, name), compare };
    const written = own(writer.fields, name);
    found.push(...(written === undefined ? absentMisfits(writer, read, at) : fieldMisfits(written, read, at)));
  }
  for (const [name, written] of Object.entries(writer.fields))
    if (own(reader.fields, name) === undefined)
      found.push(
        ...undeclaredMisfits({ name, shape: written.shape }, reader, { place: inField(place, name), compare }),
      );
  return [...found, ...restMisfits(writer, reader, { place, compare })];
}

function own(fields: ObjectShape['fields'], name: string): Field | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function fieldMisfits(written: Field, read: Field, { place, compare }: With): Misfit[] {
  const values = compare(written.shape, read.shape, place);
  return written.required ? values : [...missingMisfits(read, place), ...values];
}

function missingMisfits(read: Field, place: ComparedPlace): Misfit[] {
  const shape = readerShape(read.shape, place);
  if (!read.required || shape.catches === true) return [];
  if (shape.kind === 'unseen') return [unproven(place, 'nothing, where code of the reader decides what that means')];
  return [refused(place, 'nothing, where the reader requires a value', 'missing')];
}

// A writer that allows undeclared keys may have written one with this name and any value.
function absentMisfits(writer: ObjectShape, read: Field, { place, compare }: With): Misfit[] {
  const missing = missingMisfits(read, place);
  if (typeof writer.rest === 'string') return missing;
  const shadowed = compare(writer.rest, read.shape, place);
  const says = 'an undeclared key of this name that holds something else';
  return shadowed.length === 0 ? missing : [...missing, refused(place, says, 'shadow')];
}

function undeclaredMisfits(
  written: { name: string; shape: Shape },
  reader: ObjectShape,
  { place, compare }: With,
): Misfit[] {
  if (written.shape.kind === 'never' || reader.rest === 'ignored') return [];
  if (reader.rest === 'closed') return [refused(place, 'a key that the reader does not allow', 'undeclared')];
  return [...compare(written.shape, reader.rest, place), ...nameMisfits([written.name], reader, place)];
}

function nameMisfits(names: readonly string[], { names: read }: ObjectShape, place: ComparedPlace): Misfit[] {
  return read === undefined ? [] : valuesMisfits({ kind: 'values', values: names }, read, place);
}

function restMisfits(writer: ObjectShape, reader: ObjectShape, { place, compare }: With): Misfit[] {
  if (typeof writer.rest === 'string' || reader.rest === 'ignored') return [];
  if (reader.rest === 'closed') return [refused(place, 'keys that are not declared', 'undeclared')];
  const found = compare(writer.rest, reader.rest, inField(place, '*'));
  if (reader.names === undefined) return found;
  const names = compare(writer.names ?? { kind: 'string' }, reader.names, place);
  return [...found, ...names.map((misfit) => ({ ...misfit, says: `keys: ${misfit.says}` }))];
}

/** What a writer writes without validation: any object in it may have undeclared keys. */
export function opened(shape: Shape): Shape {
  if (shape.kind === 'union') return { ...shape, branches: shape.branches.map(opened) };
  if (shape.kind === 'both') return { ...shape, parts: shape.parts.map(opened) };
  if (shape.kind === 'array') {
    const { first, ...array } = shape;
    return { ...array, items: opened(shape.items), ...(first !== undefined && { first: first.map(opened) }) };
  }
  if (shape.kind !== 'object') return shape;
  const fields = Object.entries(shape.fields).map(([name, { shape: held, required }]) => [
    name,
    { required, shape: opened(held) },
  ]);
  return { ...shape, fields: Object.fromEntries(fields), rest: shape.rest === 'closed' ? { kind: 'any' } : shape.rest };
}
