import { refused, unproven, wordsFor, type Misfit, type ComparedPlace } from './misfit.ts';
import type { NumberShape, Shape, StringShape } from './shape.ts';

/** What `z.coerce` does with values of other types. Only what it always accepts counts as read: whether a text is a
 *  number depends on the text. */
export function coercionMisfits(writer: Shape, reader: Shape, place: ComparedPlace): Misfit[] {
  const says = `${wordsFor(writer)}, which the reader turns into ${wordsFor(reader)}`;
  const { coerces } = reader;
  if (coerces === 'boolean') return [];
  if (coerces === 'string' && reader.kind === 'string' && isPlainString(reader) && writer.kind !== 'string') return [];
  if (coerces === 'number' && reader.kind === 'number') return numberCoercion(writer, reader, { place, says });
  return [unproven(place, says)];
}

function numberCoercion(
  writer: Shape,
  reader: NumberShape,
  { place, says }: { place: ComparedPlace; says: string },
): Misfit[] {
  if (writer.kind === 'object') return [refused(place, says)];
  const plain = reader.min === undefined && reader.max === undefined && reader.multipleOf === undefined;
  if (writer.kind === 'boolean' && plain) return [];
  if (writer.kind === 'values' && plain) {
    const numbers = writer.values.map(Number);
    const taken = numbers.every((value) =>
      reader.integer === true ? Number.isSafeInteger(value) : Number.isFinite(value),
    );
    return taken ? [] : [refused(place, says)];
  }
  return [unproven(place, says)];
}

function isPlainString({ min, max, formats, patterns }: StringShape): boolean {
  return min === undefined && max === undefined && formats === undefined && patterns === undefined;
}
