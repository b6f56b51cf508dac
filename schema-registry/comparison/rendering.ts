import * as z from 'zod';
import { decidingFlags } from './patterns.ts';
import { heldBy, isNotJson, limitWords, unseenName } from './unseen-types.ts';

/** A JSON Schema as rendered by zod, with our own marks for what JSON Schema cannot express. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** What JSON Schema cannot express about a zod schema, as custom keywords in the rendering. */
export const marks = {
  /** The number of rules that exist only in code: refine, trim, codec, options of a format. */
  refined: 'x-refined',
  /** A placeholder for what no JSON Schema can express: a transform, a Set, a custom check. */
  unseen: 'x-unseen',
  /** The contents of a Set or a Map. */
  holds: 'x-holds',
  /** The bounds of something that no JSON Schema can express, in words. */
  limits: 'x-limits',
  /** The reader accepts everything, even nothing: `.catch()`. */
  catches: 'x-catches',
  /** The reader converts other types into this one: `z.coerce`. */
  coerces: 'x-coerces',
  /** The flags of the pattern beside it. */
  flags: 'x-flags',
} as const;

/** Both sides of one schema. A z.object reads tolerantly and writes only what it declares, so one rendering cannot
 *  represent both. */
export interface Sides {
  /** What publishing can write after parsing. */
  readonly writer: JsonSchema;
  /** What reading accepts. */
  readonly reader: JsonSchema;
}

/** `zod` is the release that built the schema: its renderings differ from one release to the next. Never throws for
 *  what JSON Schema cannot express, but marks it. */
export function renderSides(schema: z.ZodType, zod: typeof z = z): Sides {
  return { writer: render(schema, 'output', zod), reader: render(schema, 'input', zod) };
}

/** The reader alone, which takes half the time. */
export function renderReader(schema: z.ZodType): JsonSchema {
  return render(schema, 'input', z);
}

type Side = 'input' | 'output';
type Marked = Record<string, unknown>;

function render(schema: z.ZodType, io: Side, zod: typeof z): JsonSchema {
  const { $schema: _, ...rendered } = zod.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => mark(zodSchema, jsonSchema as Marked, { io, zod }),
  }) as Marked;
  return rendered;
}

interface Definition {
  readonly type: string;
  readonly check?: string;
  readonly checks?: readonly unknown[];
  readonly coerce?: boolean;
  readonly in?: z.ZodType;
  readonly reverseTransform?: unknown;
  readonly format?: string;
  readonly hostname?: unknown;
  readonly protocol?: unknown;
  readonly alg?: unknown;
  readonly items?: readonly z.ZodType[];
  readonly rest?: z.ZodType | null;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly values?: readonly unknown[];
  readonly partial?: boolean;
  readonly pattern?: RegExp;
}

interface Internals {
  readonly def: Definition;
  readonly values?: ReadonlySet<unknown>;
  readonly optin?: string;
  readonly optout?: string;
}

/** zod's internals for library authors. */
function internalsOf(schema: unknown): Internals {
  // oxlint-disable-next-line no-underscore-dangle -- that is what zod calls it
  return (schema as { _zod: Internals })._zod;
}

const RUNNING_CODE = new Set(['custom', 'overwrite', 'property']);

function mark(zodSchema: unknown, json: Marked, { io, zod }: { io: Side; zod: typeof z }): void {
  const definition = internalsOf(zodSchema).def;
  const { type } = definition;
  if (unseenName(definition) !== undefined) markUnseen(definition, json, { io, zod });
  if (type === 'catch') json[marks.catches] = true;
  if (definition.coerce === true) json[marks.coerces] = type;
  if (type === 'string') markFlags(definition, json);
  if (type === 'tuple') markTuple(definition, json, io);
  if (type === 'record') markRecord(definition, json, io);
  if (type === 'pipe') markPipe(definition, json, { io, zod });
  const rules = definition.checks?.filter((check) => RUNNING_CODE.has(internalsOf(check).def.check ?? '')).length ?? 0;
  const options = [definition.hostname, definition.protocol, definition.alg].filter(Boolean).length;
  if (rules + options > 0) json[marks.refined] = Number(json[marks.refined] ?? 0) + rules + options;
}

function isLimit({ type, check }: Definition): boolean {
  return type === 'literal' || (check !== undefined && !RUNNING_CODE.has(check));
}

function markUnseen(definition: Definition, json: Marked, { io, zod }: { io: Side; zod: typeof z }): void {
  const name = unseenName(definition);
  json[marks.unseen] = name;
  if (name === undefined || !isNotJson(name)) return;
  const held = heldBy(definition).map((schema) => render(schema, io, zod));
  // Its references would point into another document.
  const readable = held.map((each) => ('$defs' in each ? { [marks.unseen]: 'recursive' } : each));
  const checks = [definition, ...(definition.checks ?? []).map((check) => internalsOf(check).def)];
  const limits = checks.filter(isLimit).map((check) => limitWords({ ...check }));
  if (held.length > 0) json[marks.holds] = readable;
  if (limits.length > 0) json[marks.limits] = limits.toSorted();
}

// zod writes the source of a pattern but not its flags.
function markFlags(definition: Definition, json: Marked): void {
  const patterns = [definition, ...(definition.checks ?? []).map((check) => internalsOf(check).def)].flatMap(
    ({ pattern }) => (pattern === undefined || decidingFlags(pattern.flags) === '' ? [] : [pattern]),
  );
  if (patterns.length === 0) return;
  for (const part of [json, ...((json['allOf'] as Marked[] | undefined) ?? [])]) {
    const at = patterns.findIndex(({ source }) => source === part['pattern']);
    const [pattern] = at === -1 ? [] : patterns.splice(at, 1);
    if (pattern !== undefined) part[marks.flags] = decidingFlags(pattern.flags);
  }
}

// A record of named keys requires all of them, which some zod releases omit; a partial one requires none. Nor does the
// written form if their value may be undefined: a key without a value is not in JSON.
function markRecord({ keyType, valueType, partial }: Definition, json: Marked, io: Side): void {
  const names = keyType === undefined ? undefined : internalsOf(keyType).values;
  const mayLack = valueType !== undefined && internalsOf(valueType)[sideOf(io)] !== undefined;
  if (names === undefined || partial === true || mayLack) delete json['required'];
  else json['required'] ??= [...names].map(String);
}

function sideOf(io: Side): 'optin' | 'optout' {
  return io === 'input' ? 'optin' : 'optout';
}

// Some zod releases omit the length of a tuple.
function markTuple({ items = [], rest }: Definition, json: Marked, io: Side): void {
  const least = items.findLastIndex((item) => internalsOf(item)[sideOf(io)] !== 'optional') + 1;
  json['minItems'] ??= least;
  if (rest) return;
  json['maxItems'] ??= items.length;
  json['items'] = false;
}

// What a codec reads is also what it writes; its other side exists in memory only.
function markPipe(definition: Definition, json: Marked, { io, zod }: { io: Side; zod: typeof z }): void {
  const from = definition.in;
  if (from === undefined) return;
  if (definition.reverseTransform !== undefined) {
    const wire = render(from, io, zod);
    for (const keyword of Object.keys(json)) delete json[keyword];
    if (wire['$defs'] === undefined) Object.assign(json, wire);
    else json[marks.unseen] = 'codec';
    json[marks.refined] = Number(json[marks.refined] ?? 0) + 1;
  } else if (io === 'input' && internalsOf(from).def.type === 'transform') {
    json[marks.unseen] = 'preprocess';
  }
}
