import { inItems, refused, type Compare, type Misfit, type ComparedPlace } from './misfit.ts';
import type { ArrayShape } from './shape.ts';

export function arrayMisfits(
  writer: ArrayShape,
  reader: ArrayShape,
  { place, compare }: { place: ComparedPlace; compare: Compare },
): Misfit[] {
  const found: Misfit[] = [];
  const [least, most] = [writer.min ?? 0, writer.max ?? Infinity];
  if (least < (reader.min ?? 0)) found.push(refused(place, `lists with fewer than ${reader.min} items`));
  if (most > (reader.max ?? Infinity)) found.push(refused(place, `lists with more than ${reader.max} items`));
  const apart = Math.max(writer.first?.length ?? 0, reader.first?.length ?? 0);
  for (let index = 0; index < Math.min(apart, most); index += 1)
    found.push(...compare(itemAt(writer, index), itemAt(reader, index), inItems(place)));
  if (most > apart) found.push(...compare(writer.items, reader.items, inItems(place)));
  return found;
}

function itemAt({ first, items }: ArrayShape, index: number) {
  return first?.[index] ?? items;
}
