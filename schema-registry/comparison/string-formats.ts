import * as z from 'zod';
import { defined } from '../../events/defined.ts';

/** Returns the name of zod's built-in format for a keyword `format` and its pattern, for instance `date-time;offset`;
 *  undefined if the pattern is not built in. If several patterns apply, zod omits the keyword, so that the pattern
 *  alone has to tell. */
export type FormatNames = (format: string | undefined, pattern: string | undefined) => string | undefined;

const known = new Map<typeof z, FormatNames>();

/** The built-in formats of a release. Their patterns change from release to release while their meaning stays, so the
 *  canonical form contains names in place of them. */
export function formatNames(zod: typeof z = z): FormatNames {
  const found = known.get(zod);
  if (found !== undefined) return found;
  const names = new Map<string, string>();
  for (const [variant, schema] of builtIns(zod)) {
    const rendered = zod.toJSONSchema(schema, { unrepresentable: 'any' });
    const { pattern } = rendered;
    // Times without an offset are not a JSON Schema format.
    const format = rendered.format ?? (pattern?.includes('T') ? 'date-time' : 'time');
    const name = variant === '' ? format : `${format};${variant}`;
    for (const key of [keyOf(format, pattern), ...(pattern === undefined ? [] : [keyOf(undefined, pattern)])])
      if (!names.has(key)) names.set(key, name);
  }
  const nameOf: FormatNames = (format, pattern) => names.get(keyOf(format, pattern));
  known.set(zod, nameOf);
  return nameOf;
}

function keyOf(format: string | undefined, pattern: string | undefined): string {
  return `${format ?? ''} ${pattern ?? ''}`;
}

function builtIns(zod: typeof z): [string, z.ZodType][] {
  const plain = ['email', 'url', 'uuid', 'emoji', 'nanoid', 'cuid', 'cuid2', 'ulid', 'xid', 'ksuid', 'ipv4', 'ipv6'];
  const others = ['cidrv4', 'cidrv6', 'base64', 'base64url', 'e164', 'jwt', 'mac', 'hostname', 'httpUrl'] as const;
  const byName = zod as unknown as Record<string, ((options?: unknown) => z.ZodType) | undefined>;
  const made = [...plain, ...others].flatMap((name) => {
    const make = byName[name];
    return make === undefined ? [] : [['', make()] as [string, z.ZodType]];
  });
  const uuids = ['v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', 'v8'] as const;
  return [
    ...made,
    ...uuids.map((version): [string, z.ZodType] => [version, zod.uuid({ version })]),
    ['guid', zod.guid()],
    ['', zod.iso.date()],
    ['', zod.iso.duration()],
    ...PRECISIONS.map((precision): [string, z.ZodType] => [
      wordsOf({ precision }),
      zod.iso.time(precision === undefined ? {} : { precision }),
    ]),
    ...dateTimes(zod),
  ];
}

const PRECISIONS = [undefined, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

function dateTimes(zod: typeof z): [string, z.ZodType][] {
  const times: [string, z.ZodType][] = [];
  for (const precision of PRECISIONS)
    for (const offset of [false, true])
      for (const local of [false, true]) {
        const options = { offset, local, ...defined({ precision }) };
        times.push([wordsOf({ offset, local, precision }), zod.iso.datetime(options)]);
      }
  return times;
}

interface TimeOptions {
  readonly offset?: boolean;
  readonly local?: boolean;
  readonly precision: number | undefined;
}

function wordsOf({ offset, local, precision }: TimeOptions): string {
  const words = [offset && 'offset', local && 'local', precision !== undefined && `precision=${precision}`];
  return words.filter(Boolean).join(',');
}

/** Whether every text of `inner` is one of `outer`. */
export function formatIncludes(outer: string, inner: string): boolean {
  if (outer === inner) return true;
  const [outerFormat, outerWords = ''] = outer.split(';');
  const [innerFormat, innerWords = ''] = inner.split(';');
  if (outerFormat !== innerFormat) return false;
  if (outerFormat === 'uuid') return outerWords === 'guid' || (outerWords === '' && innerWords !== 'guid');
  if (outerFormat !== 'date-time' && outerFormat !== 'time') return false;
  const [wide, narrow] = [outerWords, innerWords].map((words) => new Set(words.split(',').filter(Boolean)));
  const precision = (words: Set<string> | undefined) => [...(words ?? [])].find((word) => word.startsWith('precision'));
  const keeps = (word: string) => narrow?.has(word) !== true || wide?.has(word) === true;
  const [wanted, given] = [precision(wide), precision(narrow)];
  // -1 means minutes without seconds, which zod accepts for a time but not for a date with one.
  const fits = wanted === given || (wanted === undefined && (outerFormat === 'time' || given !== 'precision=-1'));
  return fits && keeps('offset') && keeps('local');
}
