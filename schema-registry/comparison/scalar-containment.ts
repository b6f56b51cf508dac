import { refused, unproven, wordsFor, type Misfit, type ComparedPlace } from './misfit.ts';
import { regexOf } from './patterns.ts';
import type { Bound, NumberShape, Scalar, Shape, StringShape, ValuesShape } from './shape.ts';
import { formatIncludes } from './string-formats.ts';

export function stringMisfits(writer: StringShape, reader: StringShape, place: ComparedPlace): Misfit[] {
  const { min = 0, max = Infinity } = reader;
  const found: Misfit[] = [];
  if ((writer.min ?? 0) < min) found.push(refused(place, `strings shorter than ${min}`));
  if ((writer.max ?? Infinity) > max) found.push(refused(place, `strings longer than ${max}`));
  for (const pattern of reader.patterns ?? [])
    if (writer.patterns?.includes(pattern) !== true) found.push(refused(place, `strings that do not match ${pattern}`));
  for (const format of reader.formats ?? []) {
    const same = writer.formats?.some((written) => formatIncludes(format, written)) === true;
    if (!same) found.push(refused(place, `strings that are no ${format.replace(';', ', ')}`));
  }
  return found;
}

export function numberMisfits(writer: NumberShape, reader: NumberShape, place: ComparedPlace): Misfit[] {
  const found: Misfit[] = [];
  if (reader.integer === true && writer.integer !== true) found.push(refused(place, 'numbers that are not whole'));
  if (passes(writer.min, reader.min, 1)) found.push(refused(place, `numbers below ${reader.min?.value}`));
  if (passes(writer.max, reader.max, -1)) found.push(refused(place, `numbers above ${reader.max?.value}`));
  const { multipleOf } = reader;
  if (multipleOf !== undefined && !isMultiple(writer, multipleOf))
    found.push(refused(place, `numbers that are no multiple of ${multipleOf}`));
  return found;
}

function isMultiple(writer: NumberShape, multipleOf: number): boolean {
  if (writer.multipleOf === undefined) return writer.integer === true && multipleOf === 1;
  return Number.isInteger(writer.multipleOf / multipleOf);
}

function passes(written: Bound | undefined, read: Bound | undefined, direction: 1 | -1): boolean {
  if (read === undefined) return false;
  if (written === undefined) return true;
  if (written.value === read.value) return read.exclusive === true && written.exclusive !== true;
  return (read.value - written.value) * direction > 0;
}

/** For an enum or a literal: each of its values has to pass. */
export function valuesMisfits(writer: ValuesShape, reader: Shape, place: ComparedPlace): Misfit[] {
  const judged = writer.values.map((value) => ({ value, passes: passesReader(value, reader) }));
  const rejected = judged.filter((one) => one.passes === false).map((one) => one.value);
  if (rejected.length > 0) {
    const values: Shape = { kind: 'values', values: rejected };
    return [refused(place, `${wordsFor(values)}, where the reader takes ${wordsFor(reader)}`)];
  }
  return judged.some((one) => one.passes === undefined)
    ? [unproven(place, 'values whose format is not looked at')]
    : [];
}

/** undefined: the shape does not tell. */
function passesReader(value: Scalar, reader: Shape): boolean | undefined {
  if (reader.kind === 'values') return reader.values.includes(value);
  if (reader.kind === 'boolean') return typeof value === 'boolean';
  if (reader.kind === 'string') return typeof value === 'string' && passesString(value, reader);
  if (reader.kind === 'number') return typeof value === 'number' && passesNumber(value, reader);
  return false;
}

function passesString(text: string, { min = 0, max = Infinity, patterns = [], formats = [] }: StringShape) {
  if (text.length < min || text.length > max) return false;
  if (!patterns.every((pattern) => regexOf(pattern).test(text))) return false;
  return formats.length === 0 ? true : undefined;
}

function passesNumber(value: number, reader: NumberShape): boolean {
  const exact: NumberShape = {
    kind: 'number',
    min: { value },
    max: { value },
    ...(Number.isInteger(value) && { integer: true as const }),
    ...(value !== 0 && { multipleOf: value }),
  };
  const nowhere: ComparedPlace = { writer: { shape: exact }, reader: { shape: reader }, path: '', pairs: new Set() };
  return (
    numberMisfits(value === 0 ? { ...exact, multipleOf: reader.multipleOf ?? 1 } : exact, reader, nowhere).length === 0
  );
}
