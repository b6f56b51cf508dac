import * as fc from 'fast-check';

// Values that break programs, more often than chance would produce them.

const TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '1e3',
  '1.5',
  '00000000000000000001',
  '9007199254740993',
  '9'.repeat(400),
  'null',
  'true',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '../../../../etc/passwd',
  "' OR 1=1 --",
  '"; DROP TABLE events; --',
  '<script>alert(1)</script>',
  '${jndi:ldap://127.0.0.1/x}',
  '%s%n%x',
  '%00',
  'a\u0000b',
  '\r\nset-cookie: x=1',
  '\u001b[31m',
  '\u009b31m',
  '\u202eevil\u2066',
  '\u2028',
  '\ufeff',
  '\ufffd',
  '\ud800',
  '\udfff x',
  'e\u0301'.repeat(50),
  '\u{1f9e8}'.repeat(40),
  'ß',
  'İ',
  '"',
  '\\',
  '*',
  'a*',
  'NEAR(a b)',
  'a AND',
  '(',
  'a'.repeat(5000),
  '9999-12-31T23:59:59.999Z',
  '+275760-09-13T00:00:00.000Z',
  '2016-02-30T00:00:00Z',
  '0000-00-00T00:00:00Z',
  '1969-12-31T23:59:59Z',
];

export const IDS = ['ada000000000000000000ada', 'b0b000000000000000000b0b', 'fab100000000000000000fab'] as const;

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 2, arbitrary: fc.constantFrom(...IDS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
);

const extendedJson: fc.Arbitrary<unknown> = fc
  .tuple(
    fc.constantFrom(
      '$oid',
      '$date',
      '$numberLong',
      '$numberInt',
      '$numberDouble',
      '$timestamp',
      '$binary',
      '$undefined',
    ),
    fc.oneof(
      hostileText,
      fc.integer(),
      fc.double(),
      fc.constant({ $numberLong: '-1' }),
      fc.constant({ t: 4_294_967_296, i: -1 }),
      fc.constant({ t: 1_456_124_520, i: 1 }),
    ),
  )
  .map(([name, value]) => ({ [name]: value }));

export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  extendedJson,
  fc.constantFrom<unknown>(null, true, false, 0, -0, 1e308, -1, 0.1, 2 ** 53, 4_294_967_295, [], {}, [[]], [null]),
  fc.jsonValue({ maxDepth: 3 }),
  fc.integer({ min: 1, max: 200 }).map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown),
);

/** Adds something to a JSON document, removes something, or renames something: once, anywhere. */
export interface Mutation {
  readonly where: readonly number[];
  readonly how: 'put' | 'remove' | 'rename' | 'add' | 'wrap';
  readonly name: string;
  readonly value: unknown;
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  where: fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }),
  how: fc.constantFrom('put', 'put', 'put', 'remove', 'rename', 'add', 'wrap'),
  name: hostileText,
  value: hostileValue,
});

export function mutated(document: unknown, { where, how, name, value }: Mutation): unknown {
  const copy = structuredClone(document);
  let [holder, key]: [Record<string, unknown>, string] = [{ copy }, 'copy'];
  for (const step of where) {
    const inside = holder[key];
    if (typeof inside !== 'object' || inside === null) break;
    const keys = Object.keys(inside);
    const next = keys[step % Math.max(1, keys.length)];
    if (next === undefined) break;
    [holder, key] = [inside as Record<string, unknown>, next];
  }
  const before = holder[key];
  if (how === 'remove' || how === 'rename') delete holder[key];
  // A name such as __proto__ must become a field, as in JSON.
  const put = (under: string, what: unknown) =>
    Object.defineProperty(holder, under, { value: what, enumerable: true, configurable: true, writable: true });
  if (how === 'rename' || how === 'add') put(name, how === 'rename' ? before : value);
  if (how === 'put') put(key, value);
  if (how === 'wrap') put(key, [before]);
  return Array.isArray(document) || holder['copy'] === undefined ? copy : holder['copy'];
}
