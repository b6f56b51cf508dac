import { defined } from '../../events/defined.ts';
import { patternText } from './patterns.ts';
import { marks, type JsonSchema } from './rendering.ts';
import type { Bound, NumberShape, StringShape } from './shape.ts';
import type { FormatNames } from './string-formats.ts';

/** A pattern that zod has built in for a format is replaced by that format's name; any other pattern stays. */
export function stringShape(json: JsonSchema, names: FormatNames): StringShape {
  const { minLength, maxLength, format, pattern } = json as {
    minLength?: number;
    maxLength?: number;
    format?: string;
    pattern?: string;
  };
  const flags = json[marks.flags] as string | undefined;
  const name = format === undefined && pattern === undefined ? undefined : names(format, pattern);
  // A format without a pattern, such as a URL, is defined by its name.
  const said = name ?? (pattern === undefined ? format : undefined);
  return {
    kind: 'string',
    ...(minLength !== undefined && minLength > 0 && { min: minLength }),
    ...defined({ max: maxLength }),
    ...(said !== undefined && { formats: [said] }),
    ...(name === undefined && pattern !== undefined && { patterns: [patternText(pattern, flags)] }),
  };
}

interface NumberKeywords {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
}

export function numberShape(json: JsonSchema): NumberShape {
  const { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = json as NumberKeywords;
  const integer = type === 'integer';
  const min = tighter(boundOf(minimum, false), boundOf(exclusiveMinimum, true), 1);
  const max = tighter(boundOf(maximum, false), boundOf(exclusiveMaximum, true), -1);
  return {
    kind: 'number',
    ...(integer && { integer: true as const }),
    ...(min !== undefined && { min: integer ? inclusive(min, 1) : min }),
    ...(max !== undefined && { max: integer ? inclusive(max, -1) : max }),
    ...defined({ multipleOf }),
  };
}

function boundOf(value: number | undefined, exclusive: boolean): Bound | undefined {
  if (value === undefined) return undefined;
  return exclusive ? { value, exclusive: true } : { value };
}

/** `direction` is 1 for lower bounds, where the greater is tighter, and -1 for upper ones. */
export function tighter(a: Bound | undefined, b: Bound | undefined, direction: 1 | -1): Bound | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.value === b.value) return a.exclusive ? a : b;
  return (a.value - b.value) * direction > 0 ? a : b;
}

function inclusive({ value, exclusive }: Bound, direction: 1 | -1): Bound {
  return { value: exclusive && Number.isInteger(value) ? value + direction : value };
}
