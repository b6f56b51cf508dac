import * as fc from 'fast-check';
import * as z from 'zod';

// Small schemas and small edits of them, as plain data that shrinks; `built` turns them into zod schemas.

export type Model =
  | {
      readonly type: 'string';
      readonly min?: number | undefined;
      readonly max?: number | undefined;
      readonly pattern?: string | undefined;
    }
  | {
      readonly type: 'number';
      readonly whole: boolean;
      readonly min?: number | undefined;
      readonly max?: number | undefined;
    }
  | { readonly type: 'boolean' }
  | { readonly type: 'enum'; readonly values: readonly string[] }
  | { readonly type: 'literal'; readonly value: string | number | boolean }
  | { readonly type: 'union'; readonly of: readonly Model[] }
  | { readonly type: 'list'; readonly of: Model; readonly min?: number | undefined; readonly max?: number | undefined }
  | { readonly type: 'pair'; readonly of: readonly [Model, Model]; readonly rest: boolean }
  | { readonly type: 'record'; readonly of: Model; readonly keys: 'any' | 'named' | 'some' }
  | { readonly type: 'both'; readonly of: readonly [ObjectModel, ObjectModel] }
  | { readonly type: 'format'; readonly name: 'uuid' | 'uuidv4' | 'email' | 'utc' | 'offset' | 'date' }
  | { readonly type: 'coerced'; readonly to: 'string' | 'number' | 'boolean' }
  | ObjectModel;

const modes = ['required', 'optional', 'default', 'nullable', 'nullish', 'catch'] as const;
interface FieldModel {
  readonly of: Model;
  readonly mode: (typeof modes)[number];
}
export interface ObjectModel {
  readonly type: 'object';
  readonly kind: 'strip' | 'strict' | 'loose';
  readonly fields: Readonly<Record<string, FieldModel>>;
}

const bound: fc.Arbitrary<number | undefined> = fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined });
const names = fc.constantFrom('a', 'b', 'c', 'd');
const scalar: fc.Arbitrary<Model> = fc.oneof(
  fc.record({
    type: fc.constant('string' as const),
    min: bound,
    max: bound,
    pattern: fc.option(fc.constantFrom('^a', 'b'), { nil: undefined, freq: 6 }),
  }),
  fc.record({ type: fc.constant('number' as const), whole: fc.boolean(), min: bound, max: bound }),
  fc.constant<Model>({ type: 'boolean' }),
  fc.record({
    type: fc.constant('enum' as const),
    values: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', '1'), { minLength: 1 }),
  }),
  fc.record({
    type: fc.constant('literal' as const),
    value: fc.constantFrom<string | number | boolean>('a', 'b', 1, 2, true),
  }),
  fc.record({
    type: fc.constant('format' as const),
    name: fc.constantFrom(
      'uuid' as const,
      'uuidv4' as const,
      'email' as const,
      'utc' as const,
      'offset' as const,
      'date' as const,
    ),
  }),
  fc.record({
    type: fc.constant('coerced' as const),
    to: fc.constantFrom('string' as const, 'number' as const, 'boolean' as const),
  }),
);

const { model, object } = fc.letrec<{ model: Model; object: ObjectModel }>((tie) => ({
  model: fc.oneof(
    { depthSize: 'small' },
    { arbitrary: scalar, weight: 6 },
    {
      arbitrary: fc.record({
        type: fc.constant('union' as const),
        of: fc.array(tie('model'), { minLength: 2, maxLength: 3 }),
      }),
      weight: 1,
    },
    {
      arbitrary: fc.record({ type: fc.constant('list' as const), of: tie('model'), min: bound, max: bound }),
      weight: 1,
    },
    {
      arbitrary: fc.record({
        type: fc.constant('pair' as const),
        of: fc.tuple(tie('model'), tie('model')),
        rest: fc.boolean(),
      }),
      weight: 1,
    },
    {
      arbitrary: fc.record({
        type: fc.constant('record' as const),
        of: tie('model'),
        keys: fc.constantFrom('any' as const, 'named' as const, 'some' as const),
      }),
      weight: 1,
    },
    {
      arbitrary: fc.record({ type: fc.constant('both' as const), of: fc.tuple(tie('object'), tie('object')) }),
      weight: 1,
    },
    { arbitrary: tie('object'), weight: 1 },
  ),
  object: fc.record({
    type: fc.constant('object' as const),
    kind: fc.constantFrom('strip' as const, 'strip' as const, 'strict' as const, 'loose' as const),
    fields: fc.dictionary(names, fc.record({ of: tie('model'), mode: fc.constantFrom(...modes) }), { maxKeys: 3 }),
  }),
}));

export { object };

export function built(model: Model): z.ZodType {
  switch (model.type) {
    case 'string': {
      const { min = 0, max = Infinity, pattern } = model;
      const text = z.string().min(min);
      const limited = max === Infinity ? text : text.max(Math.max(min, max));
      return pattern === undefined ? limited : limited.regex(new RegExp(pattern));
    }
    case 'number': {
      const { whole, min, max } = model;
      const number = whole ? z.int() : z.number();
      const above = min === undefined ? number : number.min(min);
      return max === undefined ? above : above.max(Math.max(min ?? 0, max));
    }
    case 'boolean':
      return z.boolean();
    case 'enum':
      return z.enum(model.values as [string, ...string[]]);
    case 'literal':
      return z.literal(model.value);
    case 'union':
      return z.union(model.of.map(built) as [z.ZodType, z.ZodType]);
    case 'list': {
      const { min = 0, max } = model;
      const list = z.array(built(model.of)).min(min);
      return max === undefined ? list : list.max(Math.max(min, max));
    }
    case 'pair': {
      const pair = z.tuple([built(model.of[0]), built(model.of[1])]);
      return model.rest ? pair.rest(z.string()) : pair;
    }
    case 'record': {
      const { of, keys } = model;
      if (keys === 'any') return z.record(z.string(), built(of));
      const named = z.enum(['a', 'b']);
      return keys === 'named' ? z.record(named, built(of)) : z.partialRecord(named, built(of));
    }
    case 'both':
      return z.intersection(built({ ...model.of[0], kind: 'strip' }), built(apart(model.of[1])));
    case 'format':
      return builtFormat(model.name);
    case 'coerced':
      return z.coerce[model.to]();
    case 'object':
      return builtObject(model);
    default:
      return model satisfies never;
  }
}

// Two parts with different values for one key cannot be combined, and zod throws.
function apart({ fields }: ObjectModel): ObjectModel {
  const renamed = Object.entries(fields).map(([name, field]) => [`${name}2`, field]);
  return { type: 'object', kind: 'strip', fields: Object.fromEntries(renamed) };
}

function builtFormat(name: (Model & { type: 'format' })['name']): z.ZodType {
  const formats = {
    uuid: z.uuid(),
    uuidv4: z.uuidv4(),
    email: z.email(),
    utc: z.iso.datetime(),
    offset: z.iso.datetime({ offset: true }),
    date: z.iso.date(),
  };
  return formats[name];
}

function builtObject({ kind, fields }: ObjectModel): z.ZodType {
  const shape = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, builtField(field)]));
  if (kind === 'strict') return z.strictObject(shape);
  return kind === 'loose' ? z.looseObject(shape) : z.object(shape);
}

function builtField({ of, mode }: FieldModel): z.ZodType {
  const schema = built(of);
  if (mode === 'required') return schema;
  if (mode === 'optional') return schema.optional();
  if (mode === 'nullable') return schema.nullable();
  if (mode === 'nullish') return schema.nullish();
  // A value that the schema supplies; one that does not exist makes the field optional.
  const found = ['a', 'abc', 1, 3, true, ['a'], {}].find((one) => schema.safeParse(one).success);
  if (found === undefined) return schema.optional();
  const own = schema.parse(found);
  return mode === 'default' ? schema.default(own) : schema.catch(own);
}

interface Edit {
  readonly name: string;
  readonly what: 'remove' | 'add' | 'mode' | 'replace' | 'kind' | 'inside';
  readonly field: FieldModel;
  readonly kind: ObjectModel['kind'];
}

export const edit: fc.Arbitrary<Edit> = fc.record({
  name: names,
  what: fc.constantFrom(
    'remove' as const,
    'add' as const,
    'mode' as const,
    'replace' as const,
    'kind' as const,
    'inside' as const,
  ),
  field: fc.record({ of: model, mode: fc.constantFrom(...modes) }),
  kind: fc.constantFrom('strip' as const, 'strict' as const, 'loose' as const),
});

export function edited(before: ObjectModel, { name, what, field, kind }: Edit): ObjectModel {
  if (what === 'kind') return { ...before, kind };
  const { [name]: old, ...rest } = before.fields;
  if (what === 'remove') return { ...before, fields: rest };
  if (old === undefined || what === 'add') return { ...before, fields: { ...before.fields, [name]: field } };
  if (what === 'mode') return { ...before, fields: { ...before.fields, [name]: { ...old, mode: field.mode } } };
  const of = what === 'replace' ? field.of : nudged(old.of, field.of);
  return { ...before, fields: { ...before.fields, [name]: { ...old, of } } };
}

// The smallest change of a part: a bound, a value, one more branch.
function nudged(old: Model, fresh: Model): Model {
  if (old.type === fresh.type && old.type !== 'object') return fresh;
  if (old.type === 'pair') return { ...old, of: [old.of[0], nudged(old.of[1], fresh)] };
  if (old.type === 'record') return { ...old, of: nudged(old.of, fresh) };
  if (old.type === 'union') return { type: 'union', of: [...old.of.slice(1), fresh] };
  if (old.type === 'list') return { ...old, of: nudged(old.of, fresh) };
  if (old.type === 'object') return { ...old, fields: { ...old.fields, a: { of: fresh, mode: 'optional' } } };
  return { type: 'union', of: [old, fresh] };
}
