import { marks, type JsonSchema, type Sides } from '../comparison/rendering.ts';
import { formatNames } from '../comparison/string-formats.ts';

/** Returns source text of a zod schema that accepts what a reader's rendering accepts, including marks of personal
 *  data. What a rendering cannot express (rules in code, transforms, recursion) is named in a comment beside it, and
 *  everything is accepted there. */
export function schemaSource({ reader, writer }: Sides): string {
  return sourceOf(reader, { root: reader, writer, open: [], indent: '  ' });
}

interface Place {
  readonly root: JsonSchema;
  /** The written side, which alone reveals a transform, because that runs after reading. */
  readonly writer?: Part | undefined;
  /** References that are being written. */
  readonly open: readonly string[];
  readonly indent: string;
  /** An enclosing schema is marked, which is enough. */
  readonly personal?: true;
}

interface Keywords {
  readonly [marks.flags]?: unknown;
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Part[];
  readonly oneOf?: readonly Part[];
  readonly allOf?: readonly Part[];
  readonly not?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Part;
  readonly propertyNames?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly items?: Part;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
}

type Part = JsonSchema | boolean;

function sourceOf(part: Part, place: Place): string {
  if (part === true) return 'z.unknown()';
  if (part === false) return 'z.never()';
  const rules = Number(part[marks.refined] ?? 0);
  const personal = part['pii'] === true && place.personal !== true;
  const plain = bareSource(part, personal ? { ...place, personal } : place);
  const marked = personal ? `personal(${plain})` : plain;
  const transform = typeof place.writer === 'object' ? place.writer[marks.unseen] : undefined;
  if (typeof transform === 'string' && part[marks.unseen] === undefined)
    return `${marked} /* and a ${transform} behind it: copy what was there */`;
  const times = rules === 1 ? 'a rule' : `${rules} rules`;
  return rules > 0 ? `${marked} /* and ${times} in code (refine, trim, codec): copy what was there */` : marked;
}

function bareSource(part: JsonSchema, place: Place): string {
  const unseen = part[marks.unseen];
  if (typeof unseen === 'string')
    return `z.unknown() /* ${unseen}: no schema shows what it takes, copy what was there */`;
  if (part[marks.catches] === true)
    return 'z.unknown() /* with .catch(…), which takes everything: copy what was there */';
  const { $ref, const: only, enum: values, anyOf, oneOf, allOf, type, not } = part as Keywords;
  if ($ref !== undefined) return referredSource($ref, place);
  if ('const' in part) return `z.literal(${literal(only)})`;
  if (values !== undefined) return valuesSource(values);
  const branches =
    anyOf ?? oneOf ?? (Array.isArray(type) ? type.map((one: string) => ({ ...part, type: one })) : undefined);
  if (branches !== undefined) return unionSource(branches, place);
  // Several patterns of one text are not an intersection of schemas.
  if (allOf !== undefined && type !== 'string') return bothSource(part, allOf, place);
  switch (type) {
    case 'null':
      return 'z.null()';
    case 'boolean':
      return part[marks.coerces] === undefined ? 'z.boolean()' : 'z.coerce.boolean()';
    case 'string':
      return stringSource(part);
    case 'number':
    case 'integer':
      return numberSource(part);
    case 'array':
      return arraySource(part, place);
    case 'object':
      return objectSource(part, place);
    case undefined:
    default:
      return not === undefined ? 'z.unknown()' : 'z.never()';
  }
}

function referredSource($ref: string, place: Place): string {
  if (place.open.includes($ref) || $ref === '#') return 'z.unknown() /* holds itself: write it as a getter */';
  const names = $ref.split('/').slice(1);
  const found = names.reduce<unknown>((at, name) => (at as JsonSchema | undefined)?.[name], place.root);
  return found === undefined
    ? 'z.unknown()'
    : sourceOf(found as Part, { ...place, writer: undefined, open: [...place.open, $ref] });
}

function valuesSource(values: readonly unknown[]): string {
  const listed = `([${values.map(literal).join(', ')}])`;
  return values.every((value) => typeof value === 'string') ? `z.enum${listed}` : `z.literal${listed}`;
}

function unionSource(branches: readonly Part[], place: Place): string {
  const others = branches.filter((branch) => typeof branch === 'boolean' || branch['type'] !== 'null');
  const sources = others.map((branch) => sourceOf(branch, { ...place, writer: undefined }));
  const one = sources.length === 1 ? String(sources[0]) : `z.union([${sources.join(', ')}])`;
  if (others.length === branches.length) return one;
  return others.length === 0 ? 'z.null()' : `${one}.nullable()`;
}

function bothSource({ allOf: _, ...own }: JsonSchema, parts: readonly Part[], place: Place): string {
  const { [marks.refined]: __, pii: ___, ...rest } = own;
  const all = 'type' in rest ? [rest, ...parts] : parts;
  return all
    .map((part) => sourceOf(part, { ...place, writer: undefined }))
    .reduce((one, other) => `z.intersection(${one}, ${other})`);
}

function stringSource(part: JsonSchema): string {
  const { format, pattern, minLength, maxLength, allOf = [] } = part as Keywords;
  const named = formatSource(format, pattern);
  const plain = part[marks.coerces] === undefined ? 'z.string()' : 'z.coerce.string()';
  const patterned = [...(named === undefined ? [part as Keywords] : []), ...(allOf as readonly Keywords[])];
  return [
    named ?? plain,
    call('min', minLength),
    call('max', maxLength),
    ...patterned.map((each) => (each.pattern === undefined ? '' : `.regex(${regexSource(each)})`)),
    named === undefined && pattern === undefined && format !== undefined ? ` /* ${format} */` : '',
  ].join('');
}

// zod's own rendering omits flags, and an older one may lack the mark. A Unicode pattern means something else without
// its flag.
function regexSource({ pattern = '', [marks.flags]: flags }: Keywords): string {
  const guessed = /\\[pP]\{|\\u\{/.test(pattern) ? 'u' : '';
  return String(new RegExp(pattern, typeof flags === 'string' ? flags : guessed));
}

/** Formats whose names differ between zod and JSON Schema. */
const RENAMED: Readonly<Record<string, string>> = {
  uri: 'z.url()',
  'uuid;guid': 'z.guid()',
  date: 'z.iso.date()',
  duration: 'z.iso.duration()',
};

const SAME = new Set(
  'email uuid emoji nanoid cuid cuid2 ulid xid ksuid ipv4 ipv6 cidrv4 cidrv6 base64 base64url e164 jwt mac hostname'.split(
    ' ',
  ),
);

function formatSource(format: string | undefined, pattern: string | undefined): string | undefined {
  if (format === undefined && pattern === undefined) return undefined;
  const name = formatNames()(format, pattern) ?? (pattern === undefined ? format : undefined);
  // A pattern of another zod release is kept, so that it accepts what it accepted then.
  if (name === undefined) return undefined;
  const [kind = '', words = ''] = name.split(';');
  if (kind === 'date-time' || kind === 'time') return `z.iso.${kind.replace('-', '')}(${optionsSource(words)})`;
  if (kind === 'uuid' && words.startsWith('v')) return `z.uuid({ version: ${literal(words)} })`;
  return RENAMED[name] ?? (SAME.has(name) ? `z.${name}()` : undefined);
}

function optionsSource(words: string): string {
  const options = words.split(',').filter(Boolean);
  if (options.length === 0) return '';
  return `{ ${options.map((word) => (word.includes('=') ? word.replace('=', ': ') : `${word}: true`)).join(', ')} }`;
}

function numberSource(part: JsonSchema): string {
  const { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = part as Keywords;
  const whole = type === 'integer';
  const coerced = whole ? 'z.coerce.number().int()' : 'z.coerce.number()';
  const plain = whole ? 'z.int()' : 'z.number()';
  return [
    part[marks.coerces] === undefined ? plain : coerced,
    call('min', minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum),
    call('gt', exclusiveMinimum),
    call('max', maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum),
    call('lt', exclusiveMaximum),
    call('multipleOf', multipleOf),
  ].join('');
}

function arraySource(part: JsonSchema, around: Place): string {
  const place = { ...around, writer: keywordsOf(around.writer).items };
  const { prefixItems, items = true, minItems, maxItems } = part as Keywords;
  if (prefixItems === undefined)
    return `z.array(${sourceOf(items, place)})${call('min', minItems)}${call('max', maxItems)}`;
  const listed = prefixItems.map((item, index) => {
    const writer = keywordsOf(around.writer).prefixItems?.[index];
    return fieldSource(item, index < (minItems ?? 0) ? '' : '.optional()', { ...place, writer });
  });
  const rest = items === false || maxItems === prefixItems.length ? '' : `, ${sourceOf(items, place)}`;
  return `z.tuple([${listed.join(', ')}]${rest})`;
}

function objectSource(part: JsonSchema, place: Place): string {
  const { properties = {}, required = [], additionalProperties: more, propertyNames } = part as Keywords;
  if (propertyNames !== undefined && more !== undefined) {
    const names = propertyNames as Keywords;
    const partial = (names.enum ?? ('const' in names ? [names.const] : [])).some(
      (name) => !required.includes(String(name)),
    );
    const values = sourceOf(more, { ...place, writer: keywordsOf(place.writer).additionalProperties });
    return `z.${partial ? 'partialRecord' : 'record'}(${sourceOf(propertyNames, { ...place, writer: undefined })}, ${values})`;
  }
  const indent = `${place.indent}  `;
  const written = keywordsOf(place.writer);
  const fields = Object.entries(properties).map(([name, each]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name);
    const inner = { ...place, indent, writer: written.properties?.[name] };
    return `${indent}${key}: ${fieldSource(each, required.includes(name) ? '' : '.exactOptional()', inner)},`;
  });
  const body = fields.length === 0 ? '({})' : ['({', ...fields, `${place.indent}})`].join('\n');
  if (more === false) return `z.strictObject${body}`;
  return more === undefined
    ? `z.object${body}`
    : `z.object${body}.catchall(${sourceOf(more, { ...place, writer: undefined })})`;
}

/** If a default exists, it makes the key optional. */
function fieldSource(part: JsonSchema, presence: '' | '.optional()' | '.exactOptional()', place: Place): string {
  const source = sourceOf(part, place);
  const value = 'default' in part ? part['default'] : undefined;
  if (value !== undefined) return `${source}.default(${literal(value)})`;
  return `${source}${presence}`;
}

function keywordsOf(part: Part | undefined): Keywords {
  return typeof part === 'object' ? part : {};
}

function call(method: string, value: number | undefined): string {
  return value === undefined ? '' : `.${method}(${value})`;
}

function literal(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
