import { anyText } from './sample-texts.ts';
import { seedOf, within } from './sample-values.ts';
import {
  branchesOf,
  entryOf,
  isPersonal,
  itemOf,
  propertiesOf,
  resolved,
  type SchemaPart,
  type WireSchema,
} from './wire-schema.ts';

/** The same data with generated text in place of personal text, of the same kind and about the same length: special
 *  properties of the original (empty, very long, emoji, combining characters, line breaks) are kept. Undeclared texts
 *  may be anything, and are replaced too. `redact` of personal-data.ts is different: it masks visibly for display, and
 *  keeps nothing of a text, while this keeps it as a test case for the parser. */
export function redacted(data: unknown, schema: WireSchema, seed: number): unknown {
  return copied(data, { schema, root: schema }, { seed, path: '', depth: 0, personal: false });
}

interface Copying {
  readonly seed: number;
  readonly path: string;
  readonly depth: number;
  /** An enclosing part is personal, so all of it is. */
  readonly personal: boolean;
}

function copied(value: unknown, unresolved: SchemaPart | undefined, at: Copying): unknown {
  const part = unresolved && branchFor(value, resolved(unresolved));
  const personal = at.personal || part === undefined || isPersonal(part);
  if (typeof value === 'string') return personal ? madeUp(value, part, seedOf(at)) : value;
  if (typeof value === 'number') return personal ? generatedNumber(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  const inside = (step: string): Copying => ({ ...within(at, step), personal });
  if (Array.isArray(value)) {
    return value.map((each, index) => copied(each, part && itemOf(part, index), inside(String(index))));
  }
  const declared = new Map(part === undefined ? [] : propertiesOf(part).map(({ name, part: one }) => [name, one]));
  const entry = part && entryOf(part);
  return Object.fromEntries(
    Object.entries(value).map(([name, each], index) => {
      // Undeclared keys may be names, and all around them is personal.
      const key = at.personal && !declared.has(name) ? `key ${index + 1}` : name;
      return [key, copied(each, declared.get(name) ?? entry, inside(name))];
    }),
  );
}

/** The matching branch of a union: the one with its type and constants. Personal parts of a branch that cannot be told
 *  apart from it count. */
function branchFor(value: unknown, part: SchemaPart): SchemaPart {
  const fitting = branchesOf(part).filter((branch) => mayBe(value, branch));
  return fitting.find((branch) => isPersonal(branch)) ?? fitting[0] ?? part;
}

function mayBe(value: unknown, { schema, root }: SchemaPart): boolean {
  const type = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  const same = schema.type === undefined || schema.type === type || (schema.type === 'integer' && type === 'number');
  if (!same || type !== 'object') return same;
  return propertiesOf({ schema, root }).every(({ name, part }) => {
    const { const: only } = part.schema;
    return only === undefined || (value as Record<string, unknown>)[name] === only;
  });
}

// 5 stays a small number and 1234567 a large one, and neither reveals the original.
function generatedNumber(value: number): number {
  return Number.isInteger(value) ? Math.sign(value) * (10 ** String(Math.abs(value)).length / 10) : 0.5;
}

const WORDS = ['fig', 'tree', 'leaf', 'root', 'bark', 'twig', 'sap', 'moss', 'fern', 'seed', 'grove', 'shade'];

const traits: readonly [found: RegExp, instead: string][] = [
  [/[\u{10000}-\u{10ffff}]/u, '\u{1f333}'],
  [/\p{Mn}/u, 'e\u0301'],
  [/[\n\r]/, '\n'],
  [/[^\S\n\r ]/, '\t'],
  [/[\p{Cc}]/u, '\u0007'],
  [/[\u0590-\u08ff]/, '\u05d0'],
  [/[\u00a1-\u02af]/, '\u00e9'],
  [/["'\\]/, '"'],
];

function madeUp(text: string, part: SchemaPart | undefined, seed: number): string {
  if (text === '') return '';
  const form = part?.schema;
  // Where the form matters (an address, an id) any other of that form will do.
  if (part !== undefined && (form?.pattern !== undefined || form?.format !== undefined || form?.allOf !== undefined)) {
    return anyText(part, seed) ?? '';
  }
  if (text.trim() === '') return ' '.repeat(text.length);
  const { minLength = 0, maxLength = Infinity } = form ?? {};
  const length = Math.min(Math.max(roundedLength(text.length, maxLength), minLength), maxLength);
  const special = traits.filter(([found]) => found.test(text)).map(([, instead]) => instead);
  let made = special.join('');
  for (let word = seed; made.length < length; word += 7)
    made += `${made === '' ? '' : ' '}${WORDS[word % WORDS.length]}`;
  // Never half of a character: cut before the last one if it does not fit.
  const cut = made.slice(0, length).replace(/[\ud800-\udbff]$/, '');
  return cut.padEnd(length, 'a');
}

const LENGTHS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000];

/** The length itself could identify people. The longest allowed length is kept, as a special case. */
export function roundedLength(length: number, maxLength = Infinity): number {
  return length === maxLength ? length : (LENGTHS.findLast((one) => one <= length) ?? 0);
}
