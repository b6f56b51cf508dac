import { arrayMisfits } from './array-containment.ts';
import { coercionMisfits } from './coercion.ts';
import { readerShape, refused, unproven, wordsFor, writerShape, type Misfit, type ComparedPlace } from './misfit.ts';
import { objectMisfits } from './object-containment.ts';
import { numberMisfits, stringMisfits, valuesMisfits } from './scalar-containment.ts';
import { textOf, type CanonicalForm, type Shape } from './shape.ts';
import { unionMisfits } from './union-containment.ts';
import { isNotJson } from './unseen-types.ts';

/** Why a reader may refuse what a writer writes; empty if it accepts everything that the writer can write. This alone
 *  decides whether two versions are compatible: everything else only names the changes. */
export function misfits(writer: CanonicalForm, reader: CanonicalForm): Misfit[] {
  const place: ComparedPlace = { writer, reader, path: '', pairs: new Set() };
  const found = new Map(compare(writer.shape, reader.shape, place).map((misfit) => [textOf(misfit), misfit]));
  return [...found.values()];
}

function compare(writer: Shape, reader: Shape, place: ComparedPlace): Misfit[] {
  if (writer.kind === 'recursive' || reader.kind === 'recursive') {
    const pair = `${textOf(writer)} ${textOf(reader)}`;
    // Recursion: any problem of the pair is found where it was first met.
    if (place.pairs.has(pair)) return [];
    const inside = { ...place, pairs: new Set([...place.pairs, pair]) };
    return compare(writerShape(writer, place), readerShape(reader, place), inside);
  }
  if (reader.catches === true || writer.kind === 'never') return [];
  if (writer.kind === 'union') return writer.branches.flatMap((branch) => compare(branch, reader, place));
  const found = reader.coerces === undefined ? valueMisfits(writer, reader, place) : coerced(writer, reader, place);
  return found.length === 0 ? refinementMisfits(writer, reader, place) : found;
}

function coerced(writer: Shape, reader: Shape, place: ComparedPlace): Misfit[] {
  const { coerces: _, ...plain } = reader;
  const found = valueMisfits(writer, plain, place);
  return found.length === 0 ? found : coercionMisfits(writer, reader, place);
}

// Rules in code cannot be compared; the same number of rules counts as the same rules.
function refinementMisfits(writer: Shape, reader: Shape, place: ComparedPlace): Misfit[] {
  if ((reader.refined ?? 0) <= (writer.refined ?? 0)) return [];
  return [unproven(place, 'values that a rule in code (refine, trim, codec) may refuse')];
}

function valueMisfits(writer: Shape, reader: Shape, place: ComparedPlace): Misfit[] {
  if (reader.kind === 'any') return [];
  if (reader.kind === 'unseen' || writer.kind === 'unseen') return unseenMisfits(writer, reader, place);
  if (reader.kind === 'both') return reader.parts.flatMap((part) => compare(writer, part, place));
  if (writer.kind === 'both') {
    const fits = writer.parts.some((part) => compare(part, reader, place).length === 0);
    return fits ? [] : [unproven(place, 'an intersection that could not be compared')];
  }
  if (reader.kind === 'union') return unionMisfits(writer, reader, { place, compare });
  if (writer.kind === 'values') return valuesMisfits(writer, reader, place);
  if (writer.kind === 'string' && reader.kind === 'string') return stringMisfits(writer, reader, place);
  if (writer.kind === 'number' && reader.kind === 'number') return numberMisfits(writer, reader, place);
  if (writer.kind === 'array' && reader.kind === 'array') return arrayMisfits(writer, reader, { place, compare });
  if (writer.kind === 'object' && reader.kind === 'object') return objectMisfits(writer, reader, { place, compare });
  if (writer.kind === 'boolean' && reader.kind === 'boolean') return [];
  return [refused(place, `${wordsFor(writer)}, where the reader takes ${wordsFor(reader)}`)];
}

// The same code counts as the same rules. Values that JSON cannot represent are not read back unchanged.
function unseenMisfits(writer: Shape, reader: Shape, place: ComparedPlace): Misfit[] {
  const same =
    writer.kind === 'unseen' && reader.kind === 'unseen' && writer.what === reader.what && !isNotJson(writer.what);
  return same ? [] : [unproven(place, `${wordsFor(writer)}, where the reader takes ${wordsFor(reader)}`)];
}
