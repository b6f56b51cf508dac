import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { randomRuns } from '../ports/contracts/random-runs.ts';
import { defineEvent, type EventDefinition } from '../events/define-event.ts';
import type { RecordedEvent } from '../events/envelope.ts';
import type { ReadEvent } from './upcast-chain.ts';
import type { PastVersion } from './past-version.ts';
import { storedReader } from './stored-reading.ts';
import { createUpcasters } from './upcasters.ts';

type Data = Readonly<Record<string, unknown>>;
type Given = readonly { readonly type: string; readonly data: Data }[];
interface Version {
  readonly schema: z.ZodObject;
  readonly upcast: (data: Data) => Given;
}

function event(type: string, version: number, data: z.ZodObject): EventDefinition {
  const of = () => 'a';
  const words = { owner: 'nobody', summary: 'A sample.', examples: [] };
  return defineEvent({ type, version, ...words, data, subject: of, partitionKey: of });
}

const left = event('user-left', 1, z.object({ a: z.string() }));
const own = (data: Data) => [{ type: 'yubl-posted', data }];

/** The results of run time and proof for data of version 1 when these versions precede the last; undefined for a
 *  refusal. */
function bothOf(before: readonly Version[], last: z.ZodObject, data: Data) {
  const current = event('yubl-posted', before.length + 1, last);
  const definitions = { 'yubl-posted': current, 'user-left': left };
  const past = before.map(({ schema, upcast }, index) => {
    const step = { type: 'yubl-posted', version: index + 1, data: schema, upcast, becomes: ['user-left'] };
    return step as unknown as PastVersion;
  });
  const envelope = { id: 'e', type: 'yubl-posted', dataschema: 'figtree:yubl-posted:1', position: 7 };
  const recorded = { ...envelope, data } as unknown as RecordedEvent;
  const upcasters = createUpcasters(definitions, past);
  const events = upcasters.current([recorded]).map(({ type, data: now }) => ({ type, data: now }));
  const refused = upcasters.refusal(recorded) !== undefined && upcasters.current([recorded])[0] === recorded;
  const reading = storedReader({ current: new Map(Object.entries(definitions)), past })('yubl-posted', 1, data);
  return {
    runTime: refused ? undefined : events,
    proof: reading.kind === 'read' ? reading.events : undefined,
  };
}

const fields = fc.constantFrom<() => z.ZodType>(
  () => z.string(),
  () => z.string().trim().min(1),
  () => z.string().default('of the schema'),
  () => z.string().optional(),
  () => z.string().catch('caught'),
  () => z.int(),
);
const schemas = fc
  .dictionary(fc.constantFrom('a', 'b', 'c'), fields, { noNullPrototype: true })
  .map((made) => z.object(Object.fromEntries(Object.entries(made).map(([name, field]) => [name, field()]))));
const upcasts = fc.constantFrom<Version['upcast']>(
  own,
  own,
  own,
  (data) => own({ a: 'x', ...data, b: ` ${String(data['b'])} ` }),
  (data) => own({ ...data, a: 0.5 }),
  ({ a: _, ...rest }) => own(rest),
  (data) => ('c' in data ? [] : own(data)),
  (data) => [...own(data), { type: 'user-left', data: { ...data, old: true } }, ...own({ ...data, c: 'second' })],
  (data) => {
    if (data['a'] === 'x') throw new Error('it fails');
    return own(data);
  },
);
const chains = fc.array(fc.record({ schema: schemas, upcast: upcasts }), { minLength: 1, maxLength: 3 });
const stored = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'undeclared'), fc.constantFrom('x', ' y ', '', 1, 0.5), {
  noNullPrototype: true,
});

/** Undefined for a refusal. */
function walked(versions: readonly Version[], last: z.ZodObject, data: Data): ReadEvent[] | undefined {
  const [first, ...further] = versions;
  const parsed = (first?.schema ?? last).safeParse(data);
  if (!parsed.success) return undefined;
  if (first === undefined) return [{ type: 'yubl-posted', data: parsed.data }];
  try {
    const events = first.upcast(parsed.data).map((each) => {
      if (each.type === 'yubl-posted') return walked(further, last, each.data);
      const other = left.data.safeParse(each.data);
      return other.success ? [{ type: each.type, data: other.data }] : undefined;
    });
    return events.every((each) => each !== undefined) ? events.flat() : undefined;
  } catch {
    return undefined;
  }
}

test('the run time and the proof make the same of stored data as a walk by hand, or all refuse it', () => {
  const met = { read: 0, dropped: 0, refused: 0 };
  const property = fc.property(chains, schemas, stored, (before, last, data) => {
    const expected = walked(before, last, data);
    expect(bothOf(before, last, data)).toEqual({ runTime: expected, proof: expected });
    met[expected === undefined ? 'refused' : expected.length === 0 ? 'dropped' : 'read'] += 1;
  });
  fc.assert(property, { numRuns: randomRuns(300) });
  expect(Math.min(...Object.values(met))).toBeGreaterThan(0);
});

const text = z.object({ a: z.string() });
const cases: [string, Version[], z.ZodObject, Data, unknown][] = [
  [
    'a default of a version between',
    [
      { schema: z.object({}), upcast: own },
      { schema: z.object({ a: z.string().default('none') }), upcast: own },
    ],
    text,
    {},
    own({ a: 'none' }),
  ],
  [
    'a trim of a version between',
    [
      { schema: text, upcast: own },
      { schema: z.object({ a: z.string().trim() }), upcast: own },
    ],
    z.object({ a: z.string().max(1) }),
    { a: ' x ' },
    own({ a: 'x' }),
  ],
  [
    'a key that a version between does not declare',
    [
      { schema: z.object({ a: z.string(), old: z.string() }), upcast: own },
      { schema: text, upcast: own },
    ],
    z.object({ a: z.string(), old: z.int().optional() }),
    { a: 'x', old: 'y' },
    own({ a: 'x' }),
  ],
  [
    'a value that a version between refuses',
    [
      { schema: z.object({ cents: z.string() }), upcast: ({ cents }) => own({ cents: Number(cents) }) },
      { schema: z.object({ cents: z.int() }), upcast: ({ cents }) => own({ cents: Math.round(Number(cents)) }) },
    ],
    z.object({ cents: z.int() }),
    { cents: '0.5' },
    undefined,
  ],
  ['data that its own version refuses', [{ schema: text, upcast: () => own({ a: 'x' }) }], text, { a: 1 }, undefined],
  [
    'a schema that throws',
    [{ schema: z.object({ a: z.string().transform((_): string => JSON.parse('{') as string) }), upcast: own }],
    text,
    { a: 'x' },
    undefined,
  ],
];
test.each(cases)('%s means the same to the run time and to the proof', (_, ...[before, last, data, expected]) => {
  expect(bothOf(before, last, data)).toEqual({ runTime: expected, proof: expected });
});
