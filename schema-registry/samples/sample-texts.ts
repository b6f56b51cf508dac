import * as fc from 'fast-check';
import { patternsOf, type SchemaPart } from './wire-schema.ts';

/** A value worth trying, and what is special about it. */
export interface EdgeValue {
  readonly what: string;
  readonly value: unknown;
}

const UNBOUNDED_CHARACTERS = 100;
const RANDOM_CHARACTERS_MAX = 30;
const TRIES = 8;

/** Texts that are known to break software. All are well-formed: a lone surrogate cannot be stored. */
const peculiar: readonly EdgeValue[] = [
  { what: 'blank', value: ' ' },
  { what: 'astral characters', value: '\u{1f333}\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u{10ffff}' },
  { what: 'combining characters', value: 'e\u0301a\u0308o\u0323\u0302' },
  { what: 'right to left', value: '\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c' },
  { what: 'case folding', value: '\u0130stanbul Stra\u00dfe \ufb01n \u03a3\u03c2' },
  { what: 'full width', value: '\uff26\uff49\uff47\u3000\u6a39' },
  { what: 'control characters', value: 'a\u0000b\u0007\u001b[31m' },
  { what: 'line breaks', value: 'a\nb\r\nc\u2028d' },
  { what: 'quotes and backslashes', value: `"\\'\u0060;--</script>` },
  { what: 'invisible characters', value: '\ufeff\u200b\u00ad' },
  { what: 'a name that every object has', value: '__proto__' },
];

/** By `format`. Texts that a particular parser refuses are dropped. */
const formats: Readonly<Record<string, readonly string[]>> = {
  'date-time': [
    '0000-01-01T00:00:00Z',
    '1970-01-01T00:00:00.000Z',
    '2016-02-29T23:59:59.999Z',
    '2016-12-31T23:59:59.999999999Z',
    '9999-12-31T23:59:59.999Z',
    '2020-01-01T00:00:00+14:00',
    '2020-01-01T00:00:00-12:00',
    '2020-01-01T00:00:00',
  ],
  date: ['0000-01-01', '1970-01-01', '2016-02-29', '9999-12-31'],
  time: ['00:00:00', '23:59:59', '23:59:59.999999', '12:30:00Z'],
  duration: ['P1D', 'PT0S', 'P1Y2M3DT4H5M6S', 'P4W'],
  email: ['a@b.cd', 'made.up+tag@example.com', 'o_neil@sub-domain.example.org'],
  uri: ['http://example.com', 'https://example.com:8080/a/b?c=d&e=%20#f', 'urn:example:a'],
  uuid: ['00000000-0000-0000-0000-000000000000', '123e4567-e89b-42d3-a456-426614174000'],
  ipv4: ['0.0.0.0', '255.255.255.255', '192.0.2.1'],
  ipv6: ['::', '::1', '2001:db8::ff00:42:8329'],
  hostname: ['a', 'example.com', 'xn--nxasmq6b.example'],
  base64: ['', 'Zg==', 'Zm9vYmFy'],
  base64url: ['', 'Zg', 'Zm9vYmFy'],
  emoji: ['\u{1f333}'],
};

/** The limit values of a text of this kind. */
export function textEdges(part: SchemaPart, seed: number): EdgeValue[] {
  const { format } = part.schema;
  const known = format === undefined ? undefined : formats[format];
  const fitting = known?.filter((text) => matches(text, part)) ?? [];
  if (fitting.length > 0) return fitting.map((value) => ({ what: JSON.stringify(value), value }));
  const patterns = patternsOf(part);
  if (patterns.length > 0) return patternEdges(part, seed);
  return lengthEdges(part);
}

// The limits of a pattern are unknown, except for the lengths that result from it.
function patternEdges(part: SchemaPart, seed: number): EdgeValue[] {
  const found = [...new Set(matching(part, seed))];
  const sorted = found.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const [shortest, longest] = [sorted[0], sorted.at(-1)];
  if (shortest === undefined || longest === undefined) return [];
  if (shortest.length === longest.length) return [{ what: 'lowest', value: shortest }];
  return [
    { what: 'short', value: shortest },
    { what: 'long', value: longest },
  ];
}

function lengthEdges(part: SchemaPart): EdgeValue[] {
  const { minLength: min = 0, maxLength } = part.schema;
  const max = maxLength ?? Math.max(min, UNBOUNDED_CHARACTERS);
  const shortest = { what: min === 0 ? 'empty' : `shortest (${min})`, value: 'a'.repeat(min) };
  if (max === min) return [shortest];
  const longest = maxLength === undefined ? 'long' : `longest (${max})`;
  // A parser counts UTF-16 units and JSON Schema code points; half as many astral characters suit both.
  const astral = Math.max(Math.ceil(min / 2), Math.floor(max / 2));
  return [
    shortest,
    { what: longest, value: 'a'.repeat(max) },
    { what: `${longest}, astral`, value: '\u{1f333}'.repeat(astral) },
    ...peculiar.map(({ what, value }) => ({ what, value: padded(String(value), min) })),
  ].filter(({ value }) => fits(value, part));
}

/** A text of this kind, the same for the same seed; undefined if none is found, because a pattern cannot be
 *  inverted. */
export function anyText(part: SchemaPart, seed: number): string | undefined {
  const { format, minLength = 0, maxLength = Infinity } = part.schema;
  const patterns = patternsOf(part);
  if (format !== undefined && formats[format] !== undefined) {
    const known = [...rotated(formats[format], seed), ...(format === 'uuid' ? [uuidOf(seed)] : [])];
    const found = [...(format === 'date-time' ? instantsOf(seed) : []), ...known].find((text) => matches(text, part));
    if (found !== undefined) return found;
  }
  if (patterns.length > 0) return matching(part, seed)[0];
  if (format !== undefined) return undefined;
  const max = Math.min(maxLength, Math.max(minLength, RANDOM_CHARACTERS_MAX));
  const texts = [fc.string({ unit: 'grapheme', maxLength: max }), fc.string({ minLength, maxLength: max })];
  return rotated(texts, seed)
    .flatMap((arbitrary) => fc.sample(arbitrary, { seed, numRuns: TRIES }))
    .map((text) => padded(text, minLength))
    .find((text) => text.isWellFormed() && fits(text, part));
}

// Within the lifetime of a service, in the forms that different parsers require.
function instantsOf(seed: number): string[] {
  const range = { min: new Date('2006-01-01'), max: new Date('2036-01-01'), noInvalidDate: true };
  const utc = fc.sample(fc.date(range), { seed, numRuns: 1 }).map((date) => date.toISOString());
  return utc.flatMap((text) => [text, text.slice(0, -1)]);
}

function uuidOf(seed: number): string {
  return fc.sample(fc.uuid({ version: 4 }), { seed, numRuns: 1 }).join('');
}

const invertedPatterns = new Map<string, fc.Arbitrary<string>[]>();

/** Generators of texts for a pattern, short ones and longer ones. Created once: creating one takes longer than many
 *  texts. */
function textsOf(pattern: string): fc.Arbitrary<string>[] {
  let known = invertedPatterns.get(pattern);
  if (known === undefined) {
    known = (['xsmall', 'small'] as const).map((size) => fc.stringMatching(new RegExp(pattern), { size }));
    invertedPatterns.set(pattern, known);
  }
  return known;
}

/** Texts of all the patterns; none if the library does not support a pattern, such as one with a look-ahead. */
function matching(part: SchemaPart, seed: number): string[] {
  const patterns = patternsOf(part);
  try {
    const each = patterns.map(textsOf);
    // One text for each pattern, concatenated, often matches all of them (`startsWith` with `includes`).
    const joined = [0, 1].map((size) =>
      fc.tuple(...each.flatMap((sizes) => sizes[size] ?? [])).map((parts) => parts.join('')),
    );
    const texts = patterns.length === 1 ? joined : [...joined, ...each.flat()];
    return texts
      .flatMap((arbitrary) => fc.sample(arbitrary, { seed, numRuns: TRIES }))
      .flatMap((text) => [text, cut(text, part)])
      .filter((text) => text.isWellFormed() && matches(text, part));
  } catch {
    return [];
  }
}

function cut(text: string, { schema: { minLength = 0, maxLength } }: SchemaPart): string {
  return padded(text, minLength).slice(0, maxLength);
}

function matches(text: string, part: SchemaPart): boolean {
  return fits(text, part) && patternsOf(part).every((pattern) => new RegExp(pattern).test(text));
}

function fits(text: string, { schema }: SchemaPart): boolean {
  return text.length >= (schema.minLength ?? 0) && text.length <= (schema.maxLength ?? Infinity);
}

function padded(text: string, min: number): string {
  return text + 'a'.repeat(Math.max(0, min - text.length));
}

export function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
