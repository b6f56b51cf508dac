/** The canonical form of one side of a schema: equal for all equivalent renderings, without documentation. Two shapes
 *  are equal if and only if their texts (`textOf`) are. */
export interface CanonicalForm {
  readonly shape: Shape;
  /** Recursive shapes, numbered in order of occurrence. */
  readonly recursive?: Readonly<Record<string, Shape>>;
}

export type Scalar = string | number | boolean | null;

interface Traits {
  /** The number of rules that exist only in code. */
  readonly refined?: number;
  /** Reader only: the value that replaces a missing key. */
  readonly default?: unknown;
  /** Reader only: accepts everything, even nothing. */
  readonly catches?: true;
  /** Reader only: converts other types into this one. */
  readonly coerces?: string;
}

export interface AnyShape extends Traits {
  readonly kind: 'any';
}
/** Something whose input or output the schema does not reveal: a transform, a Set, a custom check. */
export interface UnseenShape extends Traits {
  readonly kind: 'unseen';
  readonly what: string;
  /** For a Set or a Map: its contents. */
  readonly holds?: readonly Shape[];
  /** Its bounds, in words. */
  readonly limits?: readonly string[];
}
export interface NeverShape extends Traits {
  readonly kind: 'never';
}
export interface BooleanShape extends Traits {
  readonly kind: 'boolean';
}
/** One of these: an enum, a literal, null. Sorted. */
export interface ValuesShape extends Traits {
  readonly kind: 'values';
  readonly values: readonly Scalar[];
}
export interface StringShape extends Traits {
  readonly kind: 'string';
  readonly min?: number;
  readonly max?: number;
  /** Formats that zod has built in, for instance `email` or `date-time;offset`. */
  readonly formats?: readonly string[];
  readonly patterns?: readonly string[];
}
export interface Bound {
  readonly value: number;
  readonly exclusive?: true;
}
export interface NumberShape extends Traits {
  readonly kind: 'number';
  readonly integer?: true;
  readonly min?: Bound;
  readonly max?: Bound;
  readonly multipleOf?: number;
}
export interface ArrayShape extends Traits {
  readonly kind: 'array';
  /** For a tuple: its first items, one by one. */
  readonly first?: readonly Shape[];
  /** All further items. */
  readonly items: Shape;
  readonly min?: number;
  readonly max?: number;
}
export interface Field {
  readonly shape: Shape;
  readonly required: boolean;
}
export interface ObjectShape extends Traits {
  readonly kind: 'object';
  readonly fields: Readonly<Record<string, Field>>;
  /** What happens to undeclared keys. closed: they are refused, or never written. ignored: the reader drops them. A
   *  shape: the type of their values. */
  readonly rest: 'closed' | 'ignored' | Shape;
  /** For a record: the shape of its keys. */
  readonly names?: Shape;
}
export interface UnionShape extends Traits {
  readonly kind: 'union';
  readonly branches: readonly Shape[];
  /** Exactly one of them: `z.xor`. */
  readonly exclusive?: true;
}
/** All of these at once, if they could not be merged. */
export interface BothShape extends Traits {
  readonly kind: 'both';
  readonly parts: readonly Shape[];
}
export interface RecursiveShape extends Traits {
  readonly kind: 'recursive';
  readonly name: string;
}

export type Shape =
  | AnyShape
  | UnseenShape
  | NeverShape
  | BooleanShape
  | ValuesShape
  | StringShape
  | NumberShape
  | ArrayShape
  | ObjectShape
  | UnionShape
  | BothShape
  | RecursiveShape;

/** JSON with the keys of every object sorted: equal for equal values. */
export function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).toSorted()) {
    const member = (value as Readonly<Record<string, unknown>>)[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${textOf(member)}`);
  }
  return `{${members.join(',')}}`;
}

/** Whether the texts are equal, without writing them: a check compares tens of thousands of shapes. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  const [one, other] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  return keys.every((key) => Object.hasOwn(b, key) && isSame(one[key], other[key]));
}

export function byText<Item>(items: readonly Item[]): Item[] {
  const texts = new Map(items.map((item) => [textOf(item), item]));
  return [...texts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

/** The shape behind the name of a recursive one. */
export function resolved(shape: Shape, { recursive }: CanonicalForm): Shape {
  if (shape.kind !== 'recursive') return shape;
  const found = recursive?.[shape.name];
  if (found === undefined) throw new Error(`a canonical form lacks its recursive shape ${shape.name}`);
  const { kind: _, name: __, ...traits } = shape;
  return { ...found, ...traits };
}
